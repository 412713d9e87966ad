#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "tools/answers/backend.h"
#include "tools/http/decisions.h"

namespace spantoll::tools {

// The connection under a stream of server-sent events.
struct StreamOutput {
    // Sends a piece. `written` is called once, on the serving thread, with whether the piece left.
    // One piece at a time.
    std::function<void(std::string piece, std::function<void(bool is_sent)> written)> write;
    // Ends the response; nothing is written after it.
    std::function<void()> finish;
};

// How the streams reach threads: both may be called from the serving thread, `post` from any.
struct StreamThreads {
    std::function<bool(std::function<void()>)> run_blocking;  // false: the queue is full
    std::function<void(std::function<void()>)> post;          // runs on the serving thread
};

// Server-sent events of decisions. A stream pulls: it reads a page of the log, writes it, and reads
// the next one when that has left, so a slow client costs one page of memory and does not slow down
// any other client. At the end of the log it is idle until wake() or the next tick(), and sends a
// comment as heartbeat when it wrote nothing for kHeartbeatPause, which also finds the clients that
// left.
//
// States of a stream, and what moves it:
//   idle -- wake(), tick() --> reading -- page read --> writing -- written --> reading
//   reading -- nothing new --> idle;  idle -- tick(), 15 s of silence --> writing
//   reading -- log failed --> writing the failure --> gone
//   any -- write failed, forget(), close_all() --> gone
// Serving thread only.
class DecisionStreams {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Both must outlive this; `backend.decisions` must be set.
    DecisionStreams(const HttpBackend& backend, StreamThreads threads);
    ~DecisionStreams();
    DecisionStreams(const DecisionStreams&) = delete;
    DecisionStreams& operator=(const DecisionStreams&) = delete;

    bool is_full() const;
    size_t size() const { return streams_.size(); }

    using StreamId = uint64_t;

    // Not when full.
    StreamId open(const DecisionQuery& query, StreamOutput output, TimePoint now);

    // The client has gone: its place is free, and nothing is written to it any more.
    void forget(StreamId id) { streams_.erase(id); }

    // There are new decisions in the log.
    void wake();

    // Once every kStreamTick.
    void tick(TimePoint now);

    void close_all();

  private:
    enum class State { kIdle, kReading, kWriting };
    struct Stream {
        StreamOutput output;
        DecisionQuery query;  // `after`: as far as it has come
        State state = State::kIdle;
        bool is_woken = false;   // since the read under way began
        bool is_ending = false;  // what is being written is its last
        TimePoint written_at;
    };

    void read(StreamId id, Stream& stream);
    void on_read(StreamId id, Result<DecisionEvents> events);
    void write(StreamId id, Stream& stream, std::string piece);
    void on_written(StreamId id, bool is_sent);
    void close(StreamId id);

    const HttpBackend& backend_;
    const StreamThreads threads_;
    std::unordered_map<StreamId, Stream> streams_;
    StreamId next_id_ = 1;
    TimePoint now_;
    // Work that comes back after this object is gone finds the flag down.
    std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace spantoll::tools
