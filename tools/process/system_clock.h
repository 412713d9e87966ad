#pragma once

#include <chrono>
#include <ctime>

#include "schemas/clock.h"

namespace spantoll::tools {

class SystemClock final : public Clock {
  public:
    WallTime now() override {
        using std::chrono::duration_cast;
        using std::chrono::milliseconds;
        const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
        return WallTime{duration_cast<milliseconds>(since_epoch).count()};
    }

    // CLOCK_BOOTTIME goes on while the machine sleeps; CLOCK_MONOTONIC, which is steady_clock,
    // does not, so event time would stay behind by every such night.
    SteadyTime steady() override {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return SteadyTime{static_cast<int64_t>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000};
    }
};

}  // namespace spantoll::tools
