#include "tools/configuration/listen_address.h"

#include <arpa/inet.h>
#include <charconv>

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

enum class Literal { kNone, kLoopback, kOther };

Literal literal_of(const std::string& ip) {
    in_addr v4{};
    if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24u) == 127 ? Literal::kLoopback : Literal::kOther;
    }
    in6_addr v6{};
    if (inet_pton(AF_INET6, ip.c_str(), &v6) == 1) {
        return IN6_IS_ADDR_LOOPBACK(&v6) ? Literal::kLoopback : Literal::kOther;
    }
    return Literal::kNone;
}

}  // namespace

bool parse_port(std::string_view text, uint16_t& port) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return !text.empty() && error == std::errc{} && end == text.data() + text.size();
}

bool split_host_port(std::string_view text, std::string& host, std::string& port) {
    port.clear();
    size_t host_end = 0;
    if (text.starts_with('[')) {
        host_end = text.find(']');
        if (host_end == std::string_view::npos) {
            return false;
        }
        host = text.substr(1, host_end - 1);
        ++host_end;
    } else {
        host_end = text.find(':');
        host = text.substr(0, host_end);
        host_end = std::min(host_end, text.size());
    }
    if (host_end == text.size()) {
        return !host.empty();
    }
    port = text.substr(host_end + 1);
    return text[host_end] == ':' && !host.empty() && !port.empty();
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
    ListenAddress address;
    std::string port;
    if (split_host_port(text, address.host, port) && parse_port(port, address.port)) {
        address.ip = address.host == "localhost" ? "127.0.0.1" : address.host;
        const Literal literal = literal_of(address.ip);
        address.is_loopback = literal == Literal::kLoopback;
        if (literal != Literal::kNone) {
            return address;
        }
    }
    return failure(ErrorKind::kConfig,
                   fmt::format("listen = \"{}\" is not an IP address (or localhost) and a port: "
                               "write it as \"127.0.0.1:8620\" or \"[::1]:8620\"",
                               text));
}

}  // namespace spantoll::tools
