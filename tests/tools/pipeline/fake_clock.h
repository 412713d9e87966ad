#pragma once

#include <utility>

#include "schemas/clock.h"

namespace spantoll::tools {

// Both clocks, moved by the test.
class FakeClock final : public Clock {
  public:
    explicit FakeClock(int64_t wall_ms) : wall_ms_(wall_ms) {}

    WallTime now() override { return WallTime{wall_ms_}; }
    SteadyTime steady() override {
        const SteadyTime now{steady_ms_};
        pass(std::exchange(next_takes_ms_, 0));
        return now;
    }

    // Time passes.
    void pass(int64_t ms) {
        wall_ms_ += ms;
        steady_ms_ += ms;
    }
    // Whatever comes after the next look at the steady clock takes this long.
    void let_next_take(int64_t ms) { next_takes_ms_ = ms; }
    // Somebody sets the wall clock.
    void set_wall_by(int64_t ms) { wall_ms_ += ms; }

  private:
    int64_t wall_ms_;
    int64_t steady_ms_ = 1'000'000;
    int64_t next_takes_ms_ = 0;
};

}  // namespace spantoll::tools
