#pragma once

#include <algorithm>
#include <http_parser.h>
#include <memory>
#include <restinio/all.hpp>
#include <unordered_set>

#include "tools/http_counts.h"
#include "tools/http_limits.h"

// What spantoll sets differently in RESTinio 0.6.16; included by http_server.cc alone.

namespace spantoll::tools {

// Its only purpose is to be a type of our own, which selects the parser settings below.
class HttpMethods : public restinio::default_http_methods_t {};

// Counts connections and refuses those above kHttpConnectionsMax. RESTinio's own limiter is not
// used: its connections keep a pointer to it, and at a stop some outlive it. Serving thread only.
class ConnectionGate {
  public:
    explicit ConnectionGate(HttpCounts& counts) : counts_(counts) {}

    restinio::ip_blocker::inspection_result_t inspect(
        const restinio::ip_blocker::incoming_info_t& /*from*/) noexcept {
        if (open_.size() < kHttpConnectionsMax) {
            return restinio::ip_blocker::allow();
        }
        counts_.connection_refused();
        return restinio::ip_blocker::deny();
    }

    // A connection may be told closed twice.
    void state_changed(const restinio::connection_state::notice_t& notice) {
        const restinio::connection_state::cause_t cause = notice.cause();
        if (restinio::holds_alternative<restinio::connection_state::accepted_t>(cause)) {
            open_.insert(notice.connection_id());
        } else {
            open_.erase(notice.connection_id());
        }
        counts_.set_connections(static_cast<int64_t>(open_.size()));
    }

  private:
    HttpCounts& counts_;
    std::unordered_set<restinio::connection_id_t> open_;
};

struct HttpTraits : restinio::default_single_thread_traits_t {
    // NOLINTBEGIN(readability-identifier-naming): RESTinio asks for these names.
    using http_methods_mapper_t = HttpMethods;
    using connection_state_listener_t = ConnectionGate;
    using ip_blocker_t = ConnectionGate;
    // NOLINTEND(readability-identifier-naming)
};

using RestinioServer = restinio::http_server_t<HttpTraits>;
using RestinioRequest = restinio::request_handle_t;

inline restinio::impl::http_parser_ctx_t& parser_context(http_parser* parser) {
    return *static_cast<restinio::impl::http_parser_ctx_t*>(parser->data);
}

// RESTinio drops the connection when a body is too long; the client should rather read 413. So a
// body is kept up to one byte more than it may have, by which the handler knows it, and the rest
// is read and forgotten (kHttpReadTime bounds that).
inline int on_body(http_parser* parser, const char* at, size_t length) {
    std::string& body = parser_context(parser).m_body;
    const size_t room = kHttpBodyBytesMax + 1 - std::min(body.size(), kHttpBodyBytesMax + 1);
    body.append(at, std::min(length, room));
    return 0;
}

// RESTinio's own would refuse a long Content-Length here, and reserve what a client merely claims.
// An offer to upgrade, which some clients make with every first request (h2c), is ignored as HTTP
// allows; RESTinio would stop watching the time of such a connection.
inline int on_headers_complete(http_parser* parser) {
    restinio::impl::http_parser_ctx_t& context = parser_context(parser);
    context.m_leading_headers_completed = true;
    context.m_header.http_minor(parser->http_minor);
    parser->upgrade = 0;
    return 0;
}

}  // namespace spantoll::tools

namespace restinio::impl {

template <>
inline http_parser_settings create_parser_settings<spantoll::tools::HttpMethods>() noexcept {
    http_parser_settings settings = create_parser_settings<restinio::default_http_methods_t>();
    settings.on_body = &spantoll::tools::on_body;
    settings.on_headers_complete = &spantoll::tools::on_headers_complete;
    // RESTinio's own notes every chunk: 16 bytes for each byte of a body sent in chunks of one.
    settings.on_chunk_header = nullptr;
    return settings;
}

}  // namespace restinio::impl
