#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/access/caller.h"

namespace spantoll::tools {

// A request as the HTTP edge sees it, free of the library that parsed it. A header that may stand
// several times is kept as often as it stood, so that a guard can refuse the second.
struct HttpRequest {
    std::string method;                       // as sent; methods are case-sensitive
    int minor_version = 1;                    // of HTTP/1
    std::string path;                         // as sent, not decoded, without the query
    std::string query;                        // as sent, without '?'
    std::string authority;                    // of a target that had one
    std::vector<std::string> hosts;           // Host
    std::vector<std::string> origins;         // Origin
    std::vector<std::string> authorizations;  // Authorization
    std::vector<std::string> content_types;   // Content-Type
    std::vector<std::string> content_encodings;
    std::vector<std::string> expectations;   // Expect
    std::optional<uint64_t> content_length;  // empty: none was said, or the body is in chunks
    bool has_body = false;                   // bytes of one are to come
    bool is_kept_alive = false;              // the client wants to go on with the connection
    std::string accept;
    std::string last_event_id;
    std::string if_match;
    std::string idempotency_key;
    std::string body;
    std::shared_ptr<const Caller> caller;  // once the head is judged; null on the health pages
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
};

// {"error":{"code":"...","message":"one sentence"}}: the body of every response that is not a
// success. `code` is a word for programs, `message` a sentence for people.
HttpResponse error_response(int status, std::string_view code, std::string_view message);

// 503 with Retry-After: 1.
HttpResponse busy_response(std::string_view code, std::string_view message);

// The reason phrase of the statuses that this server uses.
std::string_view reason_phrase(int status);

}  // namespace spantoll::tools
