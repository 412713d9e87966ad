#include "tools/http/server.h"

#include <atomic>
#include <spdlog/spdlog.h>
#include <thread>
#include <utility>
#include <vector>

#include "tools/http/acceptor.h"
#include "tools/http/connection.h"
#include "tools/http/limits.h"

namespace spantoll::tools {

// The order of the members says who outlives whom: what is queued in the context may refer to
// connections, whose replies the service still has; streams refer to connections of the context.
struct HttpServer::State {
    State(HttpBackend backend, HttpGuard guard)
        : service(std::move(backend), std::move(guard)),
          streams(service.backend(), stream_threads()),
          shared(make_shared_parts()),
          acceptor(
              context, service.counts(), [this](Tcp::socket socket) { take(std::move(socket)); }),
          timer(context) {}

    StreamThreads stream_threads();
    HttpShared make_shared_parts();
    Result<void> open(const ListenAddress& address);
    void take(Tcp::socket socket);
    void open_stream(const std::shared_ptr<HttpConnection>& connection, const DecisionQuery& query);
    void forget_stream(DecisionStreams::StreamId stream);
    std::vector<std::shared_ptr<HttpConnection>> connections() const;
    void on_sent();
    void start_ticking();
    void tick();
    void begin_stop();
    void end_stop();

    TlsSettings tls;  // constant after start()
    HttpService service;
    asio::io_context context{1};
    DecisionStreams streams;
    HttpShared shared;
    HttpAcceptor acceptor;
    asio::steady_timer timer;
    std::atomic<bool> is_wake_posted = false;

    // Serving thread only.
    HttpPlaces::Id next_id = 1;
    bool is_draining = false;  // stops after the last response under way

    std::thread thread;
};

StreamThreads HttpServer::State::stream_threads() {
    return {.run_blocking =
                [this](std::function<void()> work) {
                    return service.workers().try_add(std::move(work));
                },
            .post = [this](std::function<void()> work) { asio::post(context, std::move(work)); }};
}

HttpShared HttpServer::State::make_shared_parts() {
    return {.service = service,
            .context = context,
            .open_stream = [this](const std::shared_ptr<HttpConnection>& connection,
                                  const DecisionQuery& query) { open_stream(connection, query); },
            .on_stream_gone = [this](DecisionStreams::StreamId stream) { forget_stream(stream); },
            .on_sent = [this] { on_sent(); }};
}

Result<void> HttpServer::State::open(const ListenAddress& address) {
    Result<void> opened = acceptor.open(address);
    if (opened) {
        service.guard().set_port(acceptor.port());
    }
    return opened;
}

// A new connection gets a place, perhaps somebody else's, or is closed at once.
void HttpServer::State::take(Tcp::socket socket) {
    ErrorCode error;
    const std::string address = socket.remote_endpoint(error).address().to_string();
    const auto now = std::chrono::steady_clock::now();
    const HttpPlaces::Admission admission = shared.places.admit(address, now);
    if (admission.gives_way) {
        service.counts().connection_displaced();
        if (const auto found = shared.open.find(*admission.gives_way); found != shared.open.end()) {
            const std::shared_ptr<HttpConnection> displaced = found->second;
            displaced->close();
        }
    }
    if (error || !admission.is_admitted) {
        service.counts().connection_refused();
        return;
    }
    const HttpPlaces::Id id = next_id++;
    shared.places.add(id, address, admission.kind, now);
    const auto connection =
        std::make_shared<HttpConnection>(std::move(socket), shared, id, admission.kind);
    shared.open.emplace(id, connection);
    service.counts().set_connections(static_cast<int64_t>(shared.open.size()));
    connection->start();
}

void HttpServer::State::open_stream(const std::shared_ptr<HttpConnection>& connection,
                                    const DecisionQuery& query) {
    if (shared.is_stopping || streams.is_full()) {
        service.counts().count(HttpRoute::kDecisions, 503);
        return connection->respond(
            busy_response("busy", "Too many streams of decisions are open."));
    }
    service.counts().count(HttpRoute::kDecisions, 200);
    StreamOutput output = connection->begin_stream({.content_type = "text/event-stream"});
    connection->set_stream(
        streams.open(query, std::move(output), std::chrono::steady_clock::now()));
    service.counts().set_streams(static_cast<int64_t>(streams.size()));
}

void HttpServer::State::forget_stream(DecisionStreams::StreamId stream) {
    streams.forget(stream);
    service.counts().set_streams(static_cast<int64_t>(streams.size()));
}

// Those that are open now; closing one changes the table.
std::vector<std::shared_ptr<HttpConnection>> HttpServer::State::connections() const {
    std::vector<std::shared_ptr<HttpConnection>> all;
    all.reserve(shared.open.size());
    for (const auto& [id, connection] : shared.open) {
        all.push_back(connection);
    }
    return all;
}

void HttpServer::State::on_sent() {
    if (is_draining && shared.answers_under_way == 0) {
        context.stop();
    }
}

void HttpServer::State::start_ticking() {
    timer.expires_after(kStreamTick);
    timer.async_wait([this](const ErrorCode& error) {
        if (!error && !is_draining) {
            tick();
            start_ticking();
        }
    });
}

void HttpServer::State::tick() {
    const auto now = std::chrono::steady_clock::now();
    streams.tick(now);
    service.counts().set_streams(static_cast<int64_t>(streams.size()));
    for (const std::shared_ptr<HttpConnection>& connection : connections()) {
        connection->check_time(now);
    }
}

void HttpServer::State::begin_stop() {
    shared.is_stopping = true;
    acceptor.close();
    streams.close_all();
    for (const std::shared_ptr<HttpConnection>& connection : connections()) {
        connection->close_if_idle();
    }
}

void HttpServer::State::end_stop() {
    is_draining = true;
    if (shared.answers_under_way == 0) {
        context.stop();
        return;
    }
    timer.expires_after(kHttpStopTime);
    timer.async_wait([this](const ErrorCode& error) {
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
    Result<HttpGuard> guard = HttpGuard::create(*address, options.http);
    if (!guard) {
        return tl::make_unexpected(guard.error());
    }
    auto state = std::make_unique<State>(std::move(backend), std::move(*guard));
    state->tls = options.http.tls;
    if (state->tls.is_on()) {
        Result<std::shared_ptr<TlsContext>> context = load_tls_context(state->tls);
        if (!context) {
            return tl::make_unexpected(context.error());
        }
        state->shared.tls = std::move(*context);
    }
    if (Result<void> opened = state->open(*address); !opened) {
        return tl::make_unexpected(opened.error());
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
    return state_->acceptor.port();
}

void HttpServer::decisions_appended() {
    if (!state_->is_wake_posted.exchange(true)) {
        asio::post(state_->context, [state = state_.get()] {
            state->is_wake_posted = false;
            state->streams.wake();
        });
    }
}

void HttpServer::reload_certificate() {
    if (!state_->tls.is_on()) {
        return;
    }
    Result<std::shared_ptr<TlsContext>> context = load_tls_context(state_->tls);
    if (!context) {
        spdlog::error("SIGHUP: {}; the certificate of before goes on", context.error().message);
        return;
    }
    asio::post(state_->context,
               [state = state_.get(), tls = std::move(*context)] { state->shared.tls = tls; });
    spdlog::info("SIGHUP: new connections have the certificate of {}", state_->tls.certificate);
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
