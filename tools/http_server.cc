#include "tools/http_server.h"

#include <atomic>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "tools/http_content_type.h"
#include "tools/http_decision_stream.h"
#include "tools/http_limits.h"
#include "tools/http_restinio.h"
#include "tools/http_service.h"

namespace spantoll::tools {
namespace {

namespace asio = restinio::asio_ns;
using ChunkedResponse = restinio::response_builder_t<restinio::chunked_output_t>;

std::string text_of(restinio::string_view_t view) {
    return {view.data(), view.size()};
}

HttpRequest read_request(const RestinioRequest& request) {
    const restinio::http_request_header_t& header = request->header();
    HttpRequest read;
    read.method = header.method().c_str();
    read.path = text_of(header.path());
    read.query = text_of(header.query());
    header.for_each_field([&read](const restinio::http_header_field_t& field) {
        switch (field.field_id()) {
            case restinio::http_field::host:
                read.hosts.push_back(field.value());
                break;
            case restinio::http_field::origin:
                read.origins.push_back(field.value());
                break;
            case restinio::http_field::authorization:
                read.authorizations.push_back(field.value());
                break;
            case restinio::http_field::content_type:
                read.content_types.push_back(field.value());
                break;
            case restinio::http_field::content_encoding:
                read.content_encoding = field.value();
                break;
            case restinio::http_field::accept:
                read.accept = field.value();
                break;
            default:
                if (lower_case(field.name()) == "last-event-id") {
                    read.last_event_id = field.value();
                }
        }
    });
    read.body = request->body();
    return read;
}

template <typename Builder>
void append_common_headers(Builder& builder, std::string content_type) {
    builder.append_header_date_field()
        .append_header(restinio::http_field::server, "spantoll")
        .append_header(restinio::http_field::content_type, std::move(content_type))
        .append_header(restinio::http_field::cache_control, "no-store")
        .append_header("X-Content-Type-Options", "nosniff");
}

restinio::http_status_line_t status_line(int status) {
    return {restinio::http_status_code_t{static_cast<uint16_t>(status)},
            std::string(reason_phrase(status))};
}

}  // namespace

// Members in the order in which they may outlive each other: whatever is queued in the context may
// hold connections, which count in the service; streams hold connections of the context.
struct HttpServer::State {
    State(HttpBackend backend, HttpGuard guard)
        : service(std::move(backend), std::move(guard)),
          streams(service.backend(), stream_threads()),
          timer(context) {}

    StreamThreads stream_threads();
    void open(const ListenAddress& address);
    void handle(const RestinioRequest& request);
    void respond(const RestinioRequest& request, HttpResponse response);
    void open_stream(const RestinioRequest& request, const DecisionQuery& query);
    StreamOutput stream_output(const std::shared_ptr<ChunkedResponse>& response);
    void on_sent();
    void start_ticking();
    void begin_stop();
    void end_stop();

    HttpService service;
    asio::io_context context{1};
    DecisionStreams streams;
    asio::steady_timer timer;
    std::unique_ptr<RestinioServer> server;
    uint16_t port = 0;
    std::atomic<bool> is_wake_posted = false;

    // Serving thread only.
    size_t responses_under_way = 0;
    bool is_stopping = false;  // no new connections, streams ended
    bool is_draining = false;  // stops with the last response under way

    std::thread thread;
};

StreamThreads HttpServer::State::stream_threads() {
    return {.run_blocking =
                [this](std::function<void()> work) {
                    return service.workers().try_add(std::move(work));
                },
            .post = [this](std::function<void()> work) { asio::post(context, std::move(work)); }};
}

void HttpServer::State::open(const ListenAddress& address) {
    const auto gate = std::make_shared<ConnectionGate>(service.counts());
    server = std::make_unique<RestinioServer>(
        restinio::external_io_context(context), [&](auto& settings) {
            settings.address(address.ip)
                .port(address.port)
                .acceptor_post_bind_hook([this](asio::ip::tcp::acceptor& acceptor) {
                    port = acceptor.local_endpoint().port();
                })
                .socket_options_setter([](restinio::socket_options_t& options) {
                    options.set_option(asio::ip::tcp::no_delay(true));
                })
                .connection_state_listener(gate)
                .ip_blocker(gate)
                .buffer_size(kHttpReadBufferBytes)
                .read_next_http_message_timelimit(kHttpReadTime)
                .write_http_response_timelimit(kHttpWriteTime)
                .handle_request_timeout(kHttpHandleTime)
                .max_pipelined_requests(1)
                .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                              .max_url_size(kHttpUrlBytesMax)
                                              .max_field_name_size(kHttpHeaderNameBytesMax)
                                              .max_field_value_size(kHttpHeaderBytesMax)
                                              .max_field_count(kHttpHeadersMax))
                .request_handler([this](const RestinioRequest& request) {
                    handle(request);
                    return restinio::request_accepted();
                });
        });
    server->open_sync();
    service.guard().set_port(port);
}

void HttpServer::State::handle(const RestinioRequest& request) {
    HttpExchange exchange;
    exchange.reply = [this, request](HttpResponse response) {
        asio::post(context, [this, request, response = std::move(response)]() mutable {
            respond(request, std::move(response));
        });
    };
    if (request->header().http_minor() > 0) {  // HTTP/1.0 knows no chunks
        exchange.stream = [this, request](const DecisionQuery& query) {
            open_stream(request, query);
        };
    }
    service.serve(read_request(request), std::move(exchange));
}

void HttpServer::State::respond(const RestinioRequest& request, HttpResponse response) {
    auto builder = request->create_response(status_line(response.status));
    append_common_headers(builder, std::move(response.content_type));
    for (auto& [name, value] : response.headers) {
        builder.append_header(std::move(name), std::move(value));
    }
    if (request->header().method() != restinio::http_method_head()) {
        builder.set_body(std::move(response.body));
    }
    if (is_stopping) {
        builder.connection_close();
    }
    ++responses_under_way;
    builder.done([this](const asio::error_code& /*error*/) { on_sent(); });
}

void HttpServer::State::on_sent() {
    --responses_under_way;
    if (is_draining && responses_under_way == 0) {
        context.stop();
    }
}

void HttpServer::State::open_stream(const RestinioRequest& request, const DecisionQuery& query) {
    if (is_stopping || streams.is_full()) {
        service.counts().count(HttpRoute::kDecisions, 503);
        return respond(request, busy_response("busy", "Too many streams of decisions are open."));
    }
    service.counts().count(HttpRoute::kDecisions, 200);
    const auto response = std::make_shared<ChunkedResponse>(
        request->create_response<restinio::chunked_output_t>(status_line(200)));
    append_common_headers(*response, "text/event-stream");
    streams.open(query, stream_output(response), std::chrono::steady_clock::now());
    service.counts().set_streams(static_cast<int64_t>(streams.size()));
}

StreamOutput HttpServer::State::stream_output(const std::shared_ptr<ChunkedResponse>& response) {
    StreamOutput output;
    output.write = [this, response](std::string piece, std::function<void(bool)> written) {
        response->append_chunk(std::move(piece));
        // Posted, because RESTinio tells of a closed connection from within flush().
        response->flush([this, written = std::move(written)](const asio::error_code& error) {
            asio::post(context, [written, is_sent = !error] { written(is_sent); });
        });
    };
    output.finish = [this, response] {
        ++responses_under_way;
        response->done([this](const asio::error_code& /*error*/) { on_sent(); });
    };
    return output;
}

void HttpServer::State::start_ticking() {
    timer.expires_after(kStreamTick);
    timer.async_wait([this](const asio::error_code& error) {
        if (!error && !is_draining) {
            streams.tick(std::chrono::steady_clock::now());
            service.counts().set_streams(static_cast<int64_t>(streams.size()));
            start_ticking();
        }
    });
}

void HttpServer::State::begin_stop() {
    is_stopping = true;
    server->close_sync();
    streams.close_all();
}

void HttpServer::State::end_stop() {
    is_draining = true;
    if (responses_under_way == 0) {
        context.stop();
        return;
    }
    timer.expires_after(kHttpStopTime);
    timer.async_wait([this](const asio::error_code& error) {
        if (!error) {
            context.stop();
        }
    });
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options,
                                                      HttpBackend backend) {
    const Result<ListenAddress> address = parse_listen_address(options.listen);
    if (!address) {
        return tl::make_unexpected(address.error());
    }
    Result<HttpGuard> guard = HttpGuard::create(*address, options.token);
    if (!guard) {
        return tl::make_unexpected(guard.error());
    }
    auto state = std::make_unique<State>(std::move(backend), std::move(*guard));
    try {
        state->open(*address);
    } catch (const std::system_error& error) {  // the library's; nothing of ours throws
        const bool is_taken = error.code() == asio::error::address_in_use;
        return failure(
            is_taken ? ErrorKind::kUnavailable : ErrorKind::kConfig,
            fmt::format("cannot listen on {}: {}; {}",
                        options.listen,
                        error.code().message(),
                        is_taken ? "stop the process that has the port, or give another --listen"
                                 : "give an address of this machine with --listen"));
    }
    state->start_ticking();
    state->thread = std::thread([raw = state.get()] { raw->context.run(); });
    return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
    stop();
}

uint16_t HttpServer::port() const {
    return state_->port;
}

void HttpServer::decisions_appended() {
    if (!state_->is_wake_posted.exchange(true)) {
        asio::post(state_->context, [state = state_.get()] {
            state->is_wake_posted = false;
            state->streams.wake();
        });
    }
}

void HttpServer::stop() {
    if (!state_->thread.joinable()) {
        return;
    }
    State& state = *state_;
    asio::post(state.context, [&state] { state.begin_stop(); });
    state.service.stop();
    // After every reply of the service, which were posted before.
    asio::post(state.context, [&state] { state.end_stop(); });
    state.thread.join();
}

}  // namespace spantoll::tools
