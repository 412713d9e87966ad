#include "tools/http/append_queue.h"

#include <utility>

#include "tools/http/limits.h"

namespace spantoll::tools {

AppendQueue::AppendQueue(Append append) : append_(std::move(append)) {
    thread_ = std::thread([this] { run(); });
}

AppendQueue::~AppendQueue() {
    stop();
}

bool AppendQueue::try_add(PostedRecord record, Done done) {
    {
        const std::lock_guard lock(mutex_);
        const size_t bytes = waiting_bytes_ + record.bytes.size();
        if (is_stopping_ || waiting_.size() >= kAppendWaitingMax ||
            bytes > kAppendWaitingBytesMax) {
            return false;
        }
        waiting_bytes_ = bytes;
        waiting_.push_back({std::move(record), std::move(done)});
    }
    changed_.notify_one();
    return true;
}

void AppendQueue::stop() {
    std::deque<Waiting> refused;
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        refused.swap(waiting_);
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
    const Result<PostedAt> stopping =
        failure(ErrorKind::kUnavailable, "The processor is stopping; the record was not taken.");
    for (Waiting& one : refused) {
        one.done(stopping);
    }
}

void AppendQueue::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) {
            return;
        }
        std::vector<Waiting> group = take_group();
        lock.unlock();
        append_group(std::move(group));
        lock.lock();
    }
}

std::vector<AppendQueue::Waiting> AppendQueue::take_group() {
    std::vector<Waiting> group;
    size_t group_bytes = 0;
    while (!waiting_.empty() && group.size() < kAppendBatchRecordsMax &&
           group_bytes < kAppendBatchBytesMax) {
        group_bytes += waiting_.front().record.bytes.size();
        group.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    waiting_bytes_ -= group_bytes;
    return group;
}

void AppendQueue::append_group(std::vector<Waiting> group) {
    std::vector<PostedRecord> records;
    records.reserve(group.size());
    for (Waiting& one : group) {
        records.push_back(std::move(one.record));
    }
    Result<PostedAt> appended = append_(std::move(records));
    for (Waiting& one : group) {
        one.done(appended);
        if (appended) {
            ++appended->first_offset;
        }
    }
}

}  // namespace spantoll::tools
