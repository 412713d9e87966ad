#include "tools/client/http_url.h"

#include <fmt/format.h>

#include "tools/configuration/listen_address.h"

namespace spantoll::tools {

Result<HttpUrl> parse_http_url(std::string_view text) {
    constexpr std::string_view kScheme = "http://";
    HttpUrl url;
    if (text.starts_with(kScheme)) {
        const std::string_view rest = text.substr(kScheme.size());
        const std::string_view authority = rest.substr(0, rest.find('/'));
        const std::string_view path = rest.substr(authority.size());
        std::string port;
        const bool is_plain = text.find_first_of("?#@ \t\r\n") == std::string_view::npos;
        if (is_plain && split_host_port(authority, url.host, port) &&
            (port.empty() || parse_port(port, url.port))) {
            url.authority = authority;
            url.path = path.substr(0, path.find_last_not_of('/') + 1);
            return url;
        }
    }
    return failure(ErrorKind::kUsage,
                   fmt::format("\"{}\" is no URL of a processor: write it as "
                               "http://127.0.0.1:8620",
                               text));
}

}  // namespace spantoll::tools
