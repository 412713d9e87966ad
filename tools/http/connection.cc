#include "tools/http/connection.h"

#include <algorithm>
#include <array>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <fmt/format.h>

#include "tools/http/limits.h"
#include "tools/http/response.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool expects_continue(const HttpRequest& request) {
    return request.minor_version > 0 && !request.expectations.empty();
}

// A peer that vanished without closing (power, network) is noticed because it acknowledges nothing.
void set_peer_time(Tcp::socket& socket) {
    const auto ms = static_cast<unsigned>(std::chrono::milliseconds(kHttpPeerTime).count());
    setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

}  // namespace

HttpConnection::HttpConnection(Tcp::socket socket,
                               HttpShared& shared,
                               HttpPlaces::Id id,
                               HttpPlaces::Kind kind)
    : transport_(std::move(socket), shared.tls), shared_(shared), id_(id), kind_(kind) {}

void HttpConnection::start() {
    ErrorCode ignored;
    transport_.socket().set_option(Tcp::no_delay(true), ignored);
    set_peer_time(transport_.socket());
    read_buffer_.resize(kHttpReadBufferBytes);
    enter(State::kHead);
    transport_.begin([self = shared_from_this()](const ErrorCode& error) {
        if (self->state_ != State::kClosed) {
            error ? self->close() : self->read_some();
        }
    });
}

// Every state has a time limit, and a rank by which it gives way when places become scarce.
void HttpConnection::enter(State state) {
    using Waits = HttpPlaces::Waits;
    const TimePoint now = std::chrono::steady_clock::now();
    state_ = state;
    switch (state) {
        case State::kHead:
            deadline_ = now + kHttpReadTime;
            shared_.places.set(id_, has_served_ ? Waits::kForNextHead : Waits::kForFirstHead, now);
            break;
        case State::kBody:  // the time for head and body together goes on
            shared_.places.set(id_, Waits::kForBody, now);
            break;
        case State::kService:
            deadline_ = now + kHttpHandleTime;
            shared_.places.set(id_, Waits::kForAnswer, now);
            break;
        case State::kWriting:
        case State::kStream:
            deadline_ = now + kHttpWriteTime;
            shared_.places.set(id_, Waits::kForAnswer, now);
            break;
        case State::kDraining:
            deadline_ = now + kHttpDrainTime;
            shared_.places.set(id_, Waits::kForItsEnd, now);
            break;
        case State::kClosed:
            break;
    }
}

void HttpConnection::close() {
    if (state_ == State::kClosed) {
        return;
    }
    const std::shared_ptr<HttpConnection> self = shared_from_this();
    enter(State::kClosed);
    release_body();
    transport_.close();
    shared_.places.remove(id_);
    shared_.open.erase(id_);
    shared_.service.counts().set_connections(static_cast<int64_t>(shared_.open.size()));
    if (const auto stream = std::exchange(stream_, std::nullopt)) {
        shared_.on_stream_gone(*stream);
    }
}

void HttpConnection::check_time(TimePoint now) {
    const bool waits_for_log = state_ == State::kStream && !is_piece_under_way_;
    if (now < deadline_ || waits_for_log) {
        return;
    }
    const bool is_half_sent =
        state_ == State::kBody || (state_ == State::kHead && reader_.has_begun());
    if (is_half_sent) {
        return refuse(error_response(
            408,
            "too_slow",
            fmt::format("A request must arrive within {} s.", kHttpReadTime.count())));
    }
    close();
}

void HttpConnection::close_if_idle() {
    if (state_ == State::kHead && !reader_.has_begun()) {
        close();
    }
}

void HttpConnection::read_some() {
    if (is_reading_) {
        return;
    }
    is_reading_ = true;
    transport_.read_some(asio::buffer(read_buffer_),
                         [self = shared_from_this()](const ErrorCode& error, size_t size) {
                             self->on_read(error, size);
                         });
}

void HttpConnection::on_read(const ErrorCode& error, size_t size) {
    is_reading_ = false;
    if (state_ == State::kClosed) {
        return;
    }
    if (error) {
        // A client that has stopped sending may still be reading: the answer under way is written
        // first.
        return state_ == State::kWriting ? void() : close();
    }
    switch (state_) {
        case State::kHead:
        case State::kBody:
            return advance(reader_.read(std::string_view(read_buffer_).substr(0, size)));
        default:  // nothing is asked any more; what comes is forgotten
            drained_ += size;
            return drained_ > kHttpDrainBytesMax ? close() : read_some();
    }
}

void HttpConnection::advance(HttpRequestReader::Stage stage) {
    charge_body();
    renew_place();
    if (shared_.body_bytes > kHttpBodiesBytesMax) {
        return refuse(busy_response("busy", "Too many bodies are being read; send it again."));
    }
    switch (stage) {
        case HttpRequestReader::Stage::kHead:
        case HttpRequestReader::Stage::kBody:
            return read_some();
        case HttpRequestReader::Stage::kHeadRead:
            return judge_head();
        case HttpRequestReader::Stage::kComplete:
            return serve();
        case HttpRequestReader::Stage::kRefused:
            return refuse(reader_.refusal());
    }
}

void HttpConnection::judge_head() {
    HttpRequest& request = reader_.request();
    is_head_request_ = request.method == "HEAD";
    is_body_unread_ = request.has_body;
    is_last_ = !request.is_kept_alive || kind_ == HttpPlaces::Kind::kHealthOnly;
    if (kind_ == HttpPlaces::Kind::kHealthOnly && !is_monitoring_path(request.path)) {
        return refuse(busy_response("busy", "Too many connections are open; ask again."));
    }
    if (const std::optional<HttpResponse> refused = shared_.service.refuse_head(request)) {
        return respond(*refused);
    }
    // A request that has a body but needs none is answered without reading it.
    const bool needs_body =
        request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
    if (!request.has_body || !needs_body) {
        return serve();
    }
    take_body();
}

void HttpConnection::take_body() {
    paced_ = 0;
    enter(State::kBody);
    const HttpRequestReader::Stage stage = reader_.read_body();
    const bool is_awaited = stage == HttpRequestReader::Stage::kBody && reader_.body_bytes() == 0 &&
                            expects_continue(reader_.request());
    if (!is_awaited) {
        return advance(stage);
    }
    transport_.write({asio::buffer(kContinue)},
                     [self = shared_from_this()](const ErrorCode& error, size_t /*size*/) {
                         if (self->state_ == State::kClosed) {
                             return;
                         }
                         return error ? self->close() : self->read_some();
                     });
}

void HttpConnection::charge_body() {
    const size_t bytes = reader_.body_bytes();
    shared_.body_bytes += bytes - charged_;
    charged_ = bytes;
    shared_.service.counts().set_body_bytes(shared_.body_bytes);
}

// A body that comes at a fair pace is not displaced, see tools/http/places.h.
void HttpConnection::renew_place() {
    if (state_ == State::kBody && reader_.body_bytes() >= paced_ + kHttpBodyFairBytes) {
        paced_ = reader_.body_bytes();
        enter(State::kBody);
    }
}

void HttpConnection::release_body() {
    shared_.body_bytes -= std::exchange(charged_, 0);
    shared_.service.counts().set_body_bytes(shared_.body_bytes);
}

void HttpConnection::serve() {
    is_body_unread_ = is_body_unread_ && state_ != State::kBody;
    enter(State::kService);
    release_body();
    HttpExchange exchange;
    exchange.reply = [self = shared_from_this()](HttpResponse response) {
        asio::post(self->shared_.context,
                   [self, response = std::move(response)] { self->respond(response); });
    };
    if (reader_.request().minor_version > 0) {  // HTTP/1.0 has no chunks
        exchange.stream = [self = shared_from_this()](const DecisionQuery& query) {
            self->shared_.open_stream(self, query);
        };
    }
    shared_.service.serve(std::move(reader_.request()), std::move(exchange));
}

void HttpConnection::refuse(const HttpResponse& response) {
    shared_.service.counts().count(HttpRoute::kNone, response.status);
    is_last_ = true;
    respond(response);
}

void HttpConnection::respond(const HttpResponse& response) {
    if (state_ == State::kClosed) {
        return;
    }
    // The body of a request that was refused half-way; any other body was taken by the service. The
    // budget counts bytes in memory, so what is given back to it must be freed.
    reader_.drop_body();
    release_body();
    is_last_ = is_last_ || is_body_unread_ || shared_.is_stopping;
    const bool is_old = !is_last_ && reader_.request().minor_version == 0;
    out_ = response_head(response,
                         fmt::format("Content-Length: {}\r\n{}",
                                     response.body.size(),
                                     is_last_ ? "Connection: close\r\n"
                                     : is_old ? "Connection: keep-alive\r\n"
                                              : ""));
    out_body_ = is_head_request_ ? std::string() : response.body;
    enter(State::kWriting);
    ++shared_.answers_under_way;
    transport_.write({asio::buffer(out_), asio::buffer(out_body_)},
                     [self = shared_from_this()](const ErrorCode& error, size_t /*size*/) {
                         self->on_written(error);
                     });
}

void HttpConnection::on_written(const ErrorCode& error) {
    --shared_.answers_under_way;
    if (state_ != State::kClosed) {
        if (error) {
            close();
        } else if (is_last_) {
            drain();
        } else {
            next_request();
        }
    }
    shared_.on_sent();
}

void HttpConnection::next_request() {
    if (shared_.is_stopping) {
        return close();
    }
    out_body_ = {};
    has_served_ = true;
    is_body_unread_ = false;
    const std::string rest = reader_.take_rest();
    reader_ = HttpRequestReader();
    enter(State::kHead);
    if (rest.empty()) {
        return read_some();
    }
    advance(reader_.read(rest));
}

// Says that nothing more is sent, and waits for the peer to do the same: closed at once, with
// bytes of it unread, the connection would be reset, and the answer lost on its way.
void HttpConnection::drain() {
    enter(State::kDraining);
    transport_.end_sending(
        [self = shared_from_this()](const ErrorCode& error) { self->on_end_sent(error); });
}

void HttpConnection::on_end_sent(const ErrorCode& error) {
    if (state_ == State::kClosed) {
        return;
    }
    // With TLS the peer has ended too, unless it had something else to say before that.
    const bool is_over = transport_.has_tls() ? !error : static_cast<bool>(error);
    is_over ? close() : read_some();
}

StreamOutput HttpConnection::begin_stream(const HttpResponse& head) {
    stream_head_ = response_head(head, "Transfer-Encoding: chunked\r\nConnection: close\r\n");
    is_last_ = true;
    enter(State::kStream);
    read_some();  // to notice when the peer leaves
    const std::shared_ptr<HttpConnection> self = shared_from_this();
    return {.write =
                [self](const std::string& piece, std::function<void(bool)> written) {
                    self->write_piece(piece, std::move(written));
                },
            .finish = [self] { self->finish_stream(); }};
}

void HttpConnection::write_piece(const std::string& piece, std::function<void(bool)> written) {
    if (state_ == State::kClosed) {
        // Posted, because the stream does not expect the answer from within its question.
        asio::post(shared_.context, [written = std::move(written)] { written(false); });
        return;
    }
    is_piece_under_way_ = true;
    enter(State::kStream);
    out_ = std::exchange(stream_head_, {}) + chunk_text(piece);
    transport_.write(
        {asio::buffer(out_)},
        [self = shared_from_this(), written = std::move(written)](
            const ErrorCode& error, size_t /*size*/) { self->on_piece_written(error, written); });
}

void HttpConnection::on_piece_written(const ErrorCode& error,
                                      const std::function<void(bool)>& written) {
    is_piece_under_way_ = false;
    written(!error);
    if (error) {
        close();
    }
    if (!is_stream_finished_) {
        return;
    }
    --shared_.answers_under_way;
    if (error) {
        shared_.on_sent();
    } else {
        finish_stream();
    }
}

void HttpConnection::finish_stream() {
    stream_ = std::nullopt;
    if (state_ == State::kClosed) {
        return;
    }
    if (is_piece_under_way_) {
        // Under way from here on, so that a stop waits for it.
        ++shared_.answers_under_way;
        is_stream_finished_ = true;
        return;
    }
    enter(State::kWriting);
    ++shared_.answers_under_way;
    out_ = std::exchange(stream_head_, {}) + chunk_text({});
    transport_.write({asio::buffer(out_)},
                     [self = shared_from_this()](const ErrorCode& error, size_t /*size*/) {
                         self->on_written(error);
                     });
}

}  // namespace spantoll::tools
