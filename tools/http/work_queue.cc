#include "tools/http/work_queue.h"

#include <utility>

namespace spantoll::tools {

WorkQueue::WorkQueue(size_t threads, size_t waiting_max) : waiting_max_(waiting_max) {
    threads_.reserve(threads);
    for (size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { run(); });
    }
}

WorkQueue::~WorkQueue() {
    stop();
}

bool WorkQueue::try_add(Work work) {
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_ || waiting_.size() >= waiting_max_) {
            return false;
        }
        waiting_.push_back(std::move(work));
    }
    changed_.notify_one();
    return true;
}

void WorkQueue::stop() {
    std::deque<Work> dropped;  // destroyed outside the lock
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        dropped.swap(waiting_);
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

void WorkQueue::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) {
            return;
        }
        Work work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        work();
        work = nullptr;  // frees what it refers to before the next wait
        lock.lock();
    }
}

}  // namespace spantoll::tools
