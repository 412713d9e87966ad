#include "tools/http/counts.h"

#include <algorithm>
#include <string_view>

namespace spantoll::tools {
namespace {

constexpr std::array<std::string_view, 5> kClassNames{"1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

void HttpCounts::count(HttpRoute route, int status) {
    const auto index = static_cast<size_t>(std::clamp(status / 100 - 1, 0, 4));
    ++answers_[static_cast<size_t>(route)][index];
}

void HttpCounts::write(MetricsText& text) const {
    text.counter("spantoll_http_responses_total", "HTTP responses by route and class of status.");
    for (size_t route = 0; route < kHttpRouteCount; ++route) {
        for (size_t index = 0; index < kClasses; ++index) {
            const uint64_t answers = answers_[route][index];
            if (answers > 0) {
                text.sample(answers,
                            {{"route", name_of(static_cast<HttpRoute>(route))},
                             {"code", kClassNames[index]}});
            }
        }
    }
    text.gauge("spantoll_http_connections", "HTTP connections that are open.")
        .sample(connections_.load());
    text.counter("spantoll_http_connections_refused_total",
                 "HTTP connections closed at once because too many were open.")
        .sample(refused_.load());
    text.counter("spantoll_http_connections_displaced_total",
                 "HTTP connections closed while they waited for their client, for a newcomer.")
        .sample(displaced_.load());
    text.counter("spantoll_http_accept_errors_total",
                 "Failed attempts to accept a connection; each is tried again.")
        .sample(accept_failures_.load());
    text.gauge("spantoll_http_body_bytes", "Bytes of bodies that are being read.")
        .sample(body_bytes_.load());
    text.gauge("spantoll_http_streams", "Open streams of decisions (server-sent events).")
        .sample(streams_.load());
}

}  // namespace spantoll::tools
