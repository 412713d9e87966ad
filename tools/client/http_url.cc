#include "tools/client/http_url.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tools/configuration/listen_address.h"

namespace spantoll::tools {
namespace {

// True for text without characters that would end the authority or a line, or that a terminal would
// interpret.
bool is_plain(std::string_view text) {
    return std::ranges::all_of(
        text, [](char byte) { return byte > 0x20 && byte < 0x7F && byte != '\\'; });
}

std::optional<HttpUrl> parse(std::string_view text) {
    HttpUrl url;
    if (text.starts_with("https://")) {
        url.scheme = "https";
        url.port = 443;
    } else if (!text.starts_with("http://")) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(url.base().size());
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const std::string_view path = rest.substr(authority.size());
    std::string port;
    if (!is_plain(text) || text.find_first_of("?#@") != std::string_view::npos ||
        !split_host_port(authority, url.host, port) ||
        (!port.empty() && !parse_port(port, url.port))) {
        return std::nullopt;
    }
    url.authority = authority;
    url.path = path.substr(0, path.find_last_not_of('/') + 1);
    return url;
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view text) {
    std::optional<HttpUrl> url = parse(text);
    if (!url) {
        return failure(
            ErrorKind::kUsage,
            fmt::format("\"{}\" is not a URL of a processor: write it as http://127.0.0.1:8620",
                        text));
    }
    return *std::move(url);
}

}  // namespace spantoll::tools
