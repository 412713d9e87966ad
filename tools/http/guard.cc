#include "tools/http/guard.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/text/ascii.h"
#include "tools/configuration/token.h"
#include "tools/http/content_type.h"
#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

constexpr uint16_t kHttpPort = 80;  // a Host header omits it

std::string written_host(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

bool is_health_path(std::string_view path) {
    return path == "/healthz" || path == "/readyz";
}

Result<HttpGuard> HttpGuard::create(const ListenAddress& address, const HttpSettings& http) {
    if (!address.is_loopback && !http.needs_token()) {
        return failure(ErrorKind::kConfig,
                       fmt::format("refusing to listen on {}:{} without a token: set [http] token, "
                                   "or tables [[http.token]], or listen on 127.0.0.1",
                                   written_host(address.host),
                                   address.port));
    }
    if (!is_token_text(http.token) || http.token.size() > kTokenBytesMax) {
        return failure(ErrorKind::kConfig,
                       fmt::format("[http] token cannot be sent in a header: write at most {} "
                                   "visible ASCII characters, without blanks",
                                   kTokenBytesMax));
    }
    return HttpGuard(address, http);
}

HttpGuard::HttpGuard(const ListenAddress& address, const HttpSettings& http)
    : address_(address), callers_(http) {
    set_port(address.port);
}

void HttpGuard::set_port(uint16_t port) {
    address_.port = port;
    own_hosts_.clear();
    if (!address_.is_loopback) {
        return;
    }
    for (const std::string& host : {written_host(address_.host),
                                    std::string("localhost"),
                                    std::string("127.0.0.1"),
                                    std::string("[::1]")}) {
        own_hosts_.push_back(lower_case(fmt::format("{}:{}", host, port)));
        if (port == kHttpPort) {
            own_hosts_.push_back(lower_case(host));
        }
    }
}

std::optional<HttpResponse> HttpGuard::admit(HttpRequest& request) const {
    if (!is_own_host(request)) {
        return error_response(421,
                              "host_not_ours",
                              "The Host header must name this listener, e.g. " +
                                  fmt::format("127.0.0.1:{}.", address_.port));
    }
    if (!is_own_origin(request)) {
        return error_response(403, "origin_refused", "Requests of other web pages are refused.");
    }
    if (is_health_path(request.path)) {
        return std::nullopt;
    }
    request.caller = caller_of(request);
    if (request.caller == nullptr) {
        HttpResponse response = error_response(
            401, "token_needed", "Send the configured token as Authorization: Bearer TOKEN.");
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    return std::nullopt;
}

bool HttpGuard::is_own_host(const HttpRequest& request) const {
    if (request.hosts.size() > 1) {
        return false;
    }
    if (own_hosts_.empty()) {
        return true;
    }
    // HTTP/1.0 has no Host header. No browser speaks it, but a load balancer's health check may.
    if (request.hosts.empty()) {
        return request.minor_version == 0 && is_health_path(request.path);
    }
    return std::ranges::find(own_hosts_, lower_case(request.hosts.front())) != own_hosts_.end();
}

bool HttpGuard::is_own_origin(const HttpRequest& request) const {
    if (request.origins.empty()) {
        return true;
    }
    if (request.origins.size() > 1 || request.hosts.empty()) {
        return false;
    }
    const std::string origin = lower_case(request.origins.front());
    const std::string host = lower_case(request.hosts.front());
    return origin == "http://" + host || origin == "https://" + host;
}

std::shared_ptr<const Caller> HttpGuard::caller_of(const HttpRequest& request) const {
    if (callers_.anonymous() != nullptr) {
        return callers_.anonymous();
    }
    if (request.authorizations.size() != 1) {
        return nullptr;
    }
    constexpr std::string_view kScheme = "bearer ";
    const std::string_view header = request.authorizations.front();
    if (header.size() <= kScheme.size() ||
        lower_case(header.substr(0, kScheme.size())) != kScheme) {
        return nullptr;
    }
    return callers_.find(header.substr(kScheme.size()));
}

}  // namespace spantoll::tools
