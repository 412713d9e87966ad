#include "tools/answers/start_gate.h"

#include <chrono>

namespace spantoll::tools {

void StartGate::open(Running running) {
    const std::lock_guard lock(mutex_);
    running_ = running;
    changed_.notify_all();
}

void StartGate::close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    changed_.notify_all();
}

StartGate::Running StartGate::wait(int64_t wait_ms) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(wait_ms), [&] {
        return running_.pipeline != nullptr || is_closed_;
    });
    return running_;
}

}  // namespace spantoll::tools
