#include "tools/control/command_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace spantoll::tools {

CommandAnswer CommandQueue::ask(CommandRequest request, int64_t wait_ms) {
    const auto mine = std::make_shared<Pending>();
    mine->request_ = std::move(request);
    std::unique_lock lock(mutex_);
    if (is_closed_ || waiting_.size() >= kWaitingMax) {
        return {};
    }
    waiting_.push_back(mine);
    const auto is_done = [&] { return mine->answer_.has_value() || is_closed_; };
    changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), is_done);
    // Being written down, which takes no longer than the disk does.
    changed_.wait(lock, [&] { return !mine->is_claimed_ || mine->number_ > 0 || is_done(); });
    if (const std::optional<CommandAnswer>& answer = mine->answer_) {
        return *answer;
    }
    mine->is_given_up_ = true;
    std::erase(waiting_, mine);
    CommandAnswer unanswered;
    unanswered.number = mine->number_;
    unanswered.outcome =
        mine->number_ > 0 ? CommandAnswer::Outcome::kAccepted : CommandAnswer::Outcome::kBusy;
    return unanswered;
}

void CommandQueue::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    waiting_.clear();
    changed_.notify_all();
}

std::shared_ptr<CommandQueue::Pending> CommandQueue::take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
        return nullptr;
    }
    std::shared_ptr<Pending> next = std::move(waiting_.front());
    waiting_.pop_front();
    return next;
}

bool CommandQueue::claim(Pending& pending) {
    const std::lock_guard lock(mutex_);
    pending.is_claimed_ = !pending.is_given_up_;
    return pending.is_claimed_;
}

void CommandQueue::note_number(Pending& pending, uint64_t number) {
    const std::lock_guard lock(mutex_);
    pending.number_ = number;
    changed_.notify_all();
}

void CommandQueue::answer(Pending& pending, CommandAnswer answer) {
    const std::lock_guard lock(mutex_);
    pending.answer_ = std::move(answer);
    changed_.notify_all();
}

}  // namespace spantoll::tools
