#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "store/topic/log.h"
#include "tools/pipeline/pipeline.h"

namespace spantoll::tools {

// Listening begins before the state is in memory, and until then `check` is answered from the
// levels in the store. What needs the engine waits here until it is there. Any thread.
class StartGate {
  public:
    struct Running {
        Pipeline* pipeline = nullptr;    // null while starting, and when the start failed
        store::TopicLog* log = nullptr;  // null also where the source is Kafka
    };

    void open(Running running);
    // The start failed, or the end has come: nobody waits any longer.
    void close();
    // What runs, as soon as it does, or nothing after `wait_ms`.
    Running wait(int64_t wait_ms) const;

  private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    Running running_;
    bool is_closed_ = false;
};

}  // namespace spantoll::tools
