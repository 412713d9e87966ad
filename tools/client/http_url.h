#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace spantoll::tools {

// Where a client connects: `http://127.0.0.1:8620`, `https://[::1]:8620/prefix`.
struct HttpUrl {
    std::string scheme = "http";  // or "https"
    std::string host;             // without brackets
    uint16_t port = 80;
    std::string path;       // empty or "/prefix", without a '/' at its end
    std::string authority;  // as written

    // Without the path: "http://127.0.0.1:8620".
    std::string base() const { return scheme + "://" + authority; }
};

// kUsage: `text` is not such a URL. A query, a fragment or a user name is not allowed.
Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace spantoll::tools
