#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace spantoll::tools {

// Where a client connects: `http://127.0.0.1:8620`, `http://[::1]:8620/prefix`.
struct HttpUrl {
    std::string host;  // without brackets
    uint16_t port = 80;
    std::string path;       // empty or "/prefix", without a '/' at its end
    std::string authority;  // for the Host header, as written
};

// kUsage: no http:// URL. TLS is not spoken; a proxy before the processor may.
Result<HttpUrl> parse_http_url(std::string_view text);

}  // namespace spantoll::tools
