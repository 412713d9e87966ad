#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/answers/backend.h"

namespace spantoll::tools {

// The posted records that wait for their fsync. One thread takes all that wait and appends them as
// one group, so that a disk that needs 1 ms for an fsync still takes thousands of posts a second.
// try_add() from any thread; `done` runs on the queue's thread.
class AppendQueue {
  public:
    using Append = std::function<Result<PostedAt>(std::vector<PostedRecord>)>;
    using Done = std::function<void(const Result<PostedAt>&)>;  // first_offset: of this record

    explicit AppendQueue(Append append);
    ~AppendQueue();  // stop()
    AppendQueue(const AppendQueue&) = delete;
    AppendQueue& operator=(const AppendQueue&) = delete;

    // False where the queue is full or has been stopped; nothing was or will be appended.
    bool try_add(PostedRecord record, Done done);

    // Lets the group under way end, answers the others kUnavailable, joins. Idempotent; one thread.
    void stop();
    // Whether stop() has begun: nothing is taken from here on.
    bool is_stopping() {
        const std::lock_guard lock(mutex_);
        return is_stopping_;
    }

  private:
    struct Waiting {
        PostedRecord record;
        Done done;
    };

    void run();
    std::vector<Waiting> take_group();  // under mutex_
    void append_group(std::vector<Waiting> group);

    const Append append_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;  // under mutex_
    size_t waiting_bytes_ = 0;     // under mutex_
    bool is_stopping_ = false;     // under mutex_
    std::thread thread_;
};

}  // namespace spantoll::tools
