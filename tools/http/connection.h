#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "tools/http/decision_stream.h"
#include "tools/http/net/asio.h"
#include "tools/http/net/transport.h"
#include "tools/http/places.h"
#include "tools/http/request_reader.h"
#include "tools/http/service.h"

namespace spantoll::tools {

class HttpConnection;

// What the connections of a listener share. Serving thread only; outlives the io_context, whose
// queue may still have connections.
struct HttpShared {
    HttpService& service;
    asio::io_context& context;
    // Turns a request into a stream of decisions, or answers that it cannot be one.
    std::function<void(const std::shared_ptr<HttpConnection>&, const DecisionQuery&)> open_stream;
    std::function<void(DecisionStreams::StreamId)> on_stream_gone;
    std::function<void()> on_sent;  // an answer or a stream's end has left, or cannot leave

    std::shared_ptr<TlsContext> tls = {};  // of connections to come; null: in the clear
    HttpPlaces places = {};
    std::unordered_map<HttpPlaces::Id, std::shared_ptr<HttpConnection>> open = {};
    size_t body_bytes = 0;  // of requests that are being read
    size_t answers_under_way = 0;
    bool is_stopping = false;
};

// One connection: request after request, each judged at the end of its headers, before a body is
// taken; then answered; then, where it is the last, drained.
//
//   reading head --> reading body --> with the service --> writing --> reading head (kept alive)
//                                               |             +--> draining --> closed
//                                               +--> stream --> draining
//   any --> closed: the peer is gone, the time is over, or the place is given to another
//
// In shared.open from start() until it is closed. Serving thread only, but for the reply that the
// service is given. The time of each state is bounded (tools/http/limits.h), see check_time().
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    HttpConnection(Tcp::socket socket,
                   HttpShared& shared,
                   HttpPlaces::Id id,
                   HttpPlaces::Kind kind);
    HttpConnection(const HttpConnection&) = delete;
    HttpConnection& operator=(const HttpConnection&) = delete;
    ~HttpConnection() = default;

    void start();
    void close();
    // Once a second.
    void check_time(TimePoint now);
    // Closes the connection if it is only waiting for a next request.
    void close_if_idle();

    void respond(const HttpResponse& response);

    // The head of a stream; what it writes comes through the output.
    StreamOutput begin_stream(const HttpResponse& head);
    void set_stream(DecisionStreams::StreamId stream) { stream_ = stream; }

  private:
    enum class State { kHead, kBody, kService, kWriting, kStream, kDraining, kClosed };

    void enter(State state);
    void read_some();
    void on_read(const ErrorCode& error, size_t size);
    void advance(HttpRequestReader::Stage stage);
    void judge_head();
    void take_body();
    void charge_body();
    void renew_place();
    void release_body();
    void serve();
    void next_request();
    void refuse(const HttpResponse& response);
    void on_written(const ErrorCode& error);
    void drain();
    void on_end_sent(const ErrorCode& error);
    void write_piece(const std::string& piece, std::function<void(bool)> written);
    void on_piece_written(const ErrorCode& error, const std::function<void(bool)>& written);
    void finish_stream();

    // Constant after construction.
    HttpTransport transport_;
    HttpShared& shared_;
    const HttpPlaces::Id id_;
    const HttpPlaces::Kind kind_;

    State state_ = State::kHead;
    TimePoint deadline_;
    HttpRequestReader reader_;
    std::string read_buffer_;
    std::string out_;  // what is being written: head and body, or a piece of a stream
    std::string out_body_;
    size_t charged_ = 0;  // of shared_.body_bytes
    size_t paced_ = 0;    // bytes of the body when its place was last renewed
    size_t drained_ = 0;
    bool is_reading_ = false;
    bool has_served_ = false;  // an earlier request was whole
    bool is_body_unread_ = false;
    bool is_last_ = false;  // the connection ends with the answer
    bool is_head_request_ = false;
    bool is_piece_under_way_ = false;
    bool is_stream_finished_ = false;
    std::string stream_head_;  // goes with the first piece
    std::optional<DecisionStreams::StreamId> stream_;
};

}  // namespace spantoll::tools
