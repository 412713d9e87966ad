#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/http/message.h"

namespace spantoll::tools {

// A few headers say where a request ends. A server that reads them differently from the proxy in
// front of it can be made to take part of one request for another. So of what RFC 9112 allows, or
// lets pass as obsolete, only the plain forms are accepted here.
struct HttpFraming {
    size_t lengths = 0;  // how often Content-Length stood
    bool is_length_list = false;
    std::vector<std::string> transfer_encodings;
};

// The refusal of a head whose syntax is good; empty where the request may be read.
std::optional<HttpResponse> refuse_framing(const HttpRequest& request, const HttpFraming& framing);

// True where a line of a raw head begins with a blank: an obsolete way to go on with a header.
bool has_folded_line(std::string_view head);

// True where a line ends without a CR, which some readers take for an end and others do not.
// `lines` begins with the end of the line before.
bool has_bare_line_feed(std::string_view lines);

// A letter of a token (RFC 9110, 5.6.2), and so of a method.
bool is_token_letter(char c);

// True where the request line of a raw head is good but for its version, as in HTTP/2.0.
bool names_other_version(std::string_view head);

// Refusals of what cannot be read at all.
enum class HttpFault {
    kRequestLine,
    kVersion,
    kTarget,
    kUrlTooLong,
    kHeader,
    kHeadersTooLarge,
    kFoldedLine,
    kLength,
    kChunk,
    kBodyTooLarge,
};
HttpResponse fault_response(HttpFault fault);

}  // namespace spantoll::tools
