#include "tools/http/decision_stream.h"

#include <memory>
#include <utility>
#include <vector>

#include "schemas/check.h"
#include "tools/http/error.h"

namespace spantoll::tools {
namespace {

// Sent first, so that the client learns at once that it is connected. It also tells a browser how
// long to wait before it comes back.
constexpr std::string_view kGreeting = "retry: 2000\n\n";
constexpr std::string_view kHeartbeat = ": heartbeat\n\n";

}  // namespace

DecisionStreams::DecisionStreams(const HttpBackend& backend, StreamThreads threads)
    : backend_(backend), threads_(std::move(threads)) {}

DecisionStreams::~DecisionStreams() {
    *is_alive_ = false;
}

bool DecisionStreams::is_full() const {
    return streams_.size() >= kStreamsMax;
}

DecisionStreams::StreamId DecisionStreams::open(const DecisionQuery& query,
                                                StreamOutput output,
                                                TimePoint now) {
    CHECK(!is_full(), "the caller refuses a stream too many");
    now_ = now;
    const StreamId id = next_id_++;
    Stream& stream = streams_[id];
    stream.output = std::move(output);
    stream.query = query;
    write(id, stream, std::string(kGreeting));
    return id;
}

void DecisionStreams::wake() {
    for (auto& [id, stream] : streams_) {
        stream.is_woken = true;
        if (stream.state == State::kIdle) {
            read(id, stream);
        }
    }
}

void DecisionStreams::tick(TimePoint now) {
    now_ = now;
    for (auto& [id, stream] : streams_) {
        if (stream.state != State::kIdle) {
            continue;
        }
        if (now - stream.written_at >= kHeartbeatPause) {
            write(id, stream, std::string(kHeartbeat));
        } else {
            read(id, stream);
        }
    }
}

void DecisionStreams::close_all() {
    while (!streams_.empty()) {
        close(streams_.begin()->first);
    }
}

void DecisionStreams::read(StreamId id, Stream& stream) {
    stream.is_woken = false;
    const bool is_queued = threads_.run_blocking([this,
                                                  id,
                                                  query = stream.query,
                                                  is_alive = is_alive_,
                                                  &backend = backend_,
                                                  post = threads_.post] {
        // The result crosses to the serving thread in one copyable piece.
        auto events =
            std::make_shared<Result<DecisionEvents>>(read_decision_events(backend, query));
        post([this, id, is_alive, events] {
            if (*is_alive) {
                on_read(id, std::move(*events));
            }
        });
    });
    // A full queue is tried again at the next tick.
    stream.state = is_queued ? State::kReading : State::kIdle;
}

void DecisionStreams::on_read(StreamId id, Result<DecisionEvents> events) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
        return;
    }
    Stream& stream = found->second;
    if (!events) {
        stream.is_ending = true;
        return write(id, stream, failure_event(events.error()));
    }
    stream.query.after = events->after;
    if (!events->text.empty()) {
        write(id, stream, std::move(events->text));
    } else if (!events->is_at_end || stream.is_woken) {
        read(id, stream);
    } else {
        stream.state = State::kIdle;
    }
}

void DecisionStreams::write(StreamId id, Stream& stream, std::string piece) {
    stream.state = State::kWriting;
    stream.written_at = now_;
    stream.output.write(std::move(piece), [this, id, is_alive = is_alive_](bool is_sent) {
        if (*is_alive) {
            on_written(id, is_sent);
        }
    });
}

void DecisionStreams::on_written(StreamId id, bool is_sent) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) {
        return;
    }
    if (!is_sent) {
        streams_.erase(found);
    } else if (found->second.is_ending) {
        close(id);
    } else {
        read(id, found->second);
    }
}

void DecisionStreams::close(StreamId id) {
    const auto node = streams_.extract(id);
    node.mapped().output.finish();
}

}  // namespace spantoll::tools
