#include "tools/http/framing.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/text/ascii.h"
#include "tools/http/content_type.h"
#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kChunked = "chunked";

HttpResponse bad_request(std::string_view message) {
    return error_response(400, "bad_request", message);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<HttpResponse> refuse_coding(const HttpRequest& request,
                                          const std::vector<std::string>& codings) {
    if (codings.empty()) {
        return std::nullopt;
    }
    if (request.minor_version == 0) {
        return bad_request("HTTP/1.0 knows no Transfer-Encoding.");
    }
    if (codings.size() > 1) {
        return bad_request("Transfer-Encoding must stand once.");
    }
    const std::string coding = lower_case(codings.front());
    if (coding == kChunked) {
        return std::nullopt;
    }
    if (coding.find(kChunked) != coding.rfind(kChunked)) {
        return bad_request("Transfer-Encoding names chunked twice.");
    }
    return error_response(
        501, "transfer_encoding_unknown", "The only Transfer-Encoding taken is chunked.");
}

}  // namespace

std::optional<HttpResponse> refuse_framing(const HttpRequest& request, const HttpFraming& framing) {
    if (framing.lengths > 1 || framing.is_length_list) {
        return fault_response(HttpFault::kLength);
    }
    if (std::optional<HttpResponse> refused = refuse_coding(request, framing.transfer_encodings)) {
        return refused;
    }
    if (request.hosts.size() > 1 || (request.hosts.empty() && request.minor_version > 0)) {
        return bad_request("HTTP/1.1 needs the Host header, once.");
    }
    return std::nullopt;
}

bool has_folded_line(std::string_view head) {
    return head.find("\n ") != std::string_view::npos ||
           head.find("\n\t") != std::string_view::npos;
}

bool has_bare_line_feed(std::string_view lines) {
    for (size_t at = lines.find('\n', 1); at != std::string_view::npos;
         at = lines.find('\n', at + 1)) {
        if (lines[at - 1] != '\r') {
            return true;
        }
    }
    return false;
}

bool is_token_letter(char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || is_digit(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool names_other_version(std::string_view head) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    return std::ranges::count(line, ' ') == 2 && version.size() == 8 &&
           version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
           is_digit(version[7]);
}

HttpResponse fault_response(HttpFault fault) {
    switch (fault) {
        case HttpFault::kRequestLine:
            return bad_request("The first line must be: METHOD PATH HTTP/1.1.");
        case HttpFault::kVersion:
            return error_response(505, "version_unknown", "Speak HTTP/1.1 or HTTP/1.0.");
        case HttpFault::kTarget:
            return bad_request(
                "The path must begin with '/', or be an http:// URL of this listener, and have "
                "neither '#' nor a user.");
        case HttpFault::kUrlTooLong:
            return error_response(
                414, "url_too_long", fmt::format("A URL has at most {} bytes.", kHttpUrlBytesMax));
        case HttpFault::kHeader:
            return bad_request("A header must be written as: Name: value.");
        case HttpFault::kHeadersTooLarge:
            return error_response(
                431,
                "headers_too_large",
                fmt::format("A request has at most {} headers of at most {} bytes each.",
                            kHttpHeadersMax,
                            kHttpHeaderBytesMax));
        case HttpFault::kFoldedLine:
            return bad_request("A header goes on in a second line: write it in one.");
        case HttpFault::kLength:
            return bad_request(
                "Content-Length must be one number, and stand neither twice nor beside "
                "Transfer-Encoding.");
        case HttpFault::kChunk:
            return bad_request("The body is not cut into chunks as Transfer-Encoding says.");
        case HttpFault::kBodyTooLarge:
            return error_response(
                413, "too_large", fmt::format("A record has at most {} bytes.", kHttpBodyBytesMax));
    }
    return bad_request("The request cannot be read.");
}

}  // namespace spantoll::tools
