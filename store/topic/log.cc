#include "store/topic/log.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"
#include "store/topic/storage.h"

namespace spantoll::store {
namespace {

// Appends that wait for the writer: 16 requests of the largest record (4 MiB) that HTTP takes.
constexpr uint64_t kQueueBytesMax = 64ULL << 20;
// One fsync is for at most this much: such a group is written in some ten milliseconds.
constexpr uint64_t kGroupBytesMax = 8ULL << 20;
// At its size limit the log makes room for more than one group, because each cut costs an fsync.
constexpr uint64_t kCutPart = 64;

uint64_t size_of(const std::vector<TopicLog::Appending>& records) {
    uint64_t bytes = 0;
    for (const TopicLog::Appending& record : records) {
        bytes += topic_record_size({0, 0, record.content_type, record.bytes, record.set});
    }
    return bytes;
}

// An append() that waits; lives on its caller's stack.
struct Waiting {
    std::vector<TopicLog::Appending> records;
    int64_t now_ms = 0;
    uint64_t bytes = 0;
    std::optional<Result<TopicLog::Appended>> outcome;
};

}  // namespace

// Threads: only `writer` appends and cuts. What it shares with other threads is under `mutex`,
// except the storage itself: RocksDB allows reading beside a writer.
struct TopicLog::State {
    TopicLogOptions options;
    std::unique_ptr<TopicStorage> storage;

    mutable std::mutex mutex;
    std::condition_variable queued;    // the writer waits
    std::condition_variable finished;  // append() waits
    std::condition_variable readable;  // read() waits
    // Under mutex.
    std::deque<Waiting*> queue;
    uint64_t queued_bytes = 0;
    int64_t begin = 0;
    int64_t end = 0;
    int64_t consumed = 0;
    bool stops = false;
    std::optional<Error> error;

    std::mutex storage_mutex;  // who changes the storage: the writer, or enforce_retention()
    std::thread writer;

    void write_groups();
    std::vector<Waiting*> take_group();
    Result<void> append_group(const std::vector<Waiting*>& group);
    Result<void> make_room(uint64_t bytes);
    Result<void> cut(int64_t begin);
    void publish();
    int64_t consumed_offset() const;
};

TopicLog::TopicLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

TopicLog::~TopicLog() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->stops = true;
    }
    state_->queued.notify_all();
    state_->readable.notify_all();
    if (state_->writer.joinable()) {
        state_->writer.join();
        if (!state_->error) {
            // So that no later start hangs on a file of the WAL; without it nothing is lost.
            std::ignore = state_->storage->flush();
        }
    }
}

Result<std::unique_ptr<TopicLog>> TopicLog::open(const TopicLogOptions& options) {
    Result<std::unique_ptr<TopicStorage>> storage = TopicStorage::open(options);
    if (!storage) {
        return tl::make_unexpected(storage.error());
    }
    auto state = std::make_unique<State>();
    state->options = options;
    state->storage = std::move(*storage);
    state->publish();
    state->consumed = state->begin;
    if (!options.read_only) {
        state->writer = std::thread([log = state.get()] { log->write_groups(); });
    }
    return std::unique_ptr<TopicLog>(new TopicLog(std::move(state)));
}

Result<TopicLog::Appended> TopicLog::append(std::vector<Appending> records, int64_t now_ms) {
    CHECK(!state_->options.read_only, "a view of a topic takes no records");
    Waiting waiting{std::move(records), now_ms, 0, std::nullopt};
    waiting.bytes = size_of(waiting.records);
    std::unique_lock lock(state_->mutex);
    if (const std::optional<Error>& failed = state_->error) {
        return tl::make_unexpected(*failed);
    }
    if (state_->queued_bytes + waiting.bytes > kQueueBytesMax && !state_->queue.empty()) {
        return failure(ErrorKind::kUnavailable,
                       "too many records wait to be written to the topic: try again later");
    }
    state_->queued_bytes += waiting.bytes;
    state_->queue.push_back(&waiting);
    state_->queued.notify_one();
    state_->finished.wait(lock, [&] { return waiting.outcome.has_value(); });
    return std::move(waiting.outcome)
        .value_or(failure(ErrorKind::kBug, "an append has no outcome"));
}

void TopicLog::State::write_groups() {
    std::unique_lock lock(mutex);
    while (true) {
        queued.wait(lock, [&] { return stops || !queue.empty(); });
        if (queue.empty()) {
            return;  // stops, and everything that waited is written
        }
        const std::vector<Waiting*> group = take_group();
        lock.unlock();
        Result<void> written;
        {
            const std::lock_guard changing(storage_mutex);
            written = append_group(group);
        }
        lock.lock();
        if (!written) {
            if (written.error().kind == ErrorKind::kDisk) {
                error = written.error();
            }
            for (Waiting* waiting : group) {
                waiting->outcome = tl::make_unexpected(written.error());
            }
        }
        finished.notify_all();
        readable.notify_all();
    }
}

// At least one append, and no more than a group's bytes. The caller has locked the mutex.
std::vector<Waiting*> TopicLog::State::take_group() {
    std::vector<Waiting*> group;
    uint64_t bytes = 0;
    while (!queue.empty() && (group.empty() || bytes + queue.front()->bytes <= kGroupBytesMax)) {
        bytes += queue.front()->bytes;
        group.push_back(queue.front());
        queue.pop_front();
    }
    queued_bytes -= bytes;
    return group;
}

// Gives every append of the group its outcome, or fails for all of them.
Result<void> TopicLog::State::append_group(const std::vector<Waiting*>& group) {
    if (error) {
        return tl::make_unexpected(*error);  // written by this thread alone
    }
    uint64_t bytes = 0;
    std::vector<TopicStorage::Append> appends;
    for (const Waiting* waiting : group) {
        bytes += waiting->bytes;
        for (const Appending& record : waiting->records) {
            appends.push_back({&record, waiting->now_ms});
        }
    }
    int64_t next = storage->position().end;
    int64_t append_ms = storage->position().append_ms;
    Result<void> appended = make_room(bytes).and_then([&] { return storage->append(appends); });
    if (!appended) {
        return appended;
    }
    publish();
    const std::lock_guard lock(mutex);
    for (Waiting* waiting : group) {
        append_ms = std::max(append_ms, waiting->now_ms);
        waiting->outcome = Appended{next, append_ms};
        next += static_cast<int64_t>(waiting->records.size());
    }
    return {};
}

Result<void> TopicLog::State::make_room(uint64_t bytes) {
    const uint64_t bytes_max = options.retention_mb << 20;
    const auto has_room = [&] {
        const TopicPosition& now = storage->position();
        return now.bytes_end - now.bytes_begin + bytes <= bytes_max;
    };
    if (has_room()) {
        return {};
    }
    const uint64_t kept = bytes_max - std::min(bytes_max, std::max(bytes, bytes_max / kCutPart));
    const Result<int64_t> first = storage->first_within(kept);
    if (!first) {
        return tl::make_unexpected(first.error());
    }
    Result<void> removed = cut(std::min(*first, consumed_offset()));
    if (!removed || has_room()) {
        return removed;
    }
    return failure(ErrorKind::kUnavailable,
                   fmt::format("the topic has reached its {} MiB and its oldest record is not "
                               "consumed yet: try again later",
                               options.retention_mb));
}

Result<void> TopicLog::State::cut(int64_t first_kept) {
    Result<void> removed = storage->cut(first_kept);
    publish();
    return removed;
}

// Shows readers what is on disk.
void TopicLog::State::publish() {
    const std::lock_guard lock(mutex);
    begin = storage->position().begin;
    end = storage->position().end;
}

int64_t TopicLog::State::consumed_offset() const {
    const std::lock_guard lock(mutex);
    return consumed;
}

Result<std::vector<LogRecord>> TopicLog::read(int64_t offset,
                                              size_t records_max,
                                              size_t bytes_max,
                                              int64_t wait_ms) {
    TopicStorage::Request request{offset, 0, records_max, bytes_max};
    {
        std::unique_lock lock(state_->mutex);
        state_->readable.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] {
            return state_->stops || state_->end > offset || state_->options.read_only;
        });
        request.begin = std::max(offset, state_->begin);
        request.end = state_->end;
        const std::optional<Error>& failed = state_->error;
        if (request.begin >= request.end && failed) {
            return tl::make_unexpected(*failed);  // nothing will ever come after it
        }
    }
    if (request.begin >= request.end) {
        return std::vector<LogRecord>();
    }
    return state_->storage->read(request);
}

const std::string& TopicLog::accepted_damage() const {
    return state_->storage->accepted_damage();
}

int64_t TopicLog::begin_offset() const {
    const std::lock_guard lock(state_->mutex);
    return state_->begin;
}

int64_t TopicLog::end_offset() const {
    const std::lock_guard lock(state_->mutex);
    return state_->end;
}

Result<void> TopicLog::checkpoint(const std::string& directory) {
    const std::lock_guard changing(state_->storage_mutex);
    return state_->storage->checkpoint(directory);
}

void TopicLog::set_consumed(int64_t next_offset) {
    const std::lock_guard lock(state_->mutex);
    state_->consumed = std::clamp(next_offset, state_->begin, state_->end);
}

Result<void> TopicLog::enforce_retention(int64_t now_ms) {
    CHECK(!state_->options.read_only, "a view of a topic keeps what it sees");
    const std::lock_guard changing(state_->storage_mutex);
    TopicStorage& storage = *state_->storage;
    const Result<int64_t> young = storage.first_appended_at(now_ms - state_->options.retention_ms);
    const Result<int64_t> within = storage.first_within(state_->options.retention_mb << 20);
    if (!young || !within) {
        return tl::make_unexpected(young ? within.error() : young.error());
    }
    return state_->cut(std::min(std::max(*young, *within), state_->consumed_offset()));
}

}  // namespace spantoll::store
