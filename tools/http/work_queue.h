#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace spantoll::tools {

// A few threads for work that may block, and a bounded queue before them, so that the thread that
// serves the sockets never waits. try_add() from any thread.
class WorkQueue {
  public:
    using Work = std::function<void()>;

    WorkQueue(size_t threads, size_t waiting_max);
    ~WorkQueue();  // stop()
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;

    // False where the queue is full or has been stopped; the work is dropped.
    bool try_add(Work work);

    // Lets running work end, drops what waits, joins. Idempotent; one thread.
    void stop();

  private:
    void run();

    const size_t waiting_max_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> waiting_;  // under mutex_
    bool is_stopping_ = false;  // under mutex_
    std::vector<std::thread> threads_;
};

}  // namespace spantoll::tools
