#pragma once

#include <cstdint>
#include <optional>

#include "schemas/clock.h"

namespace spantoll::tools {

// Corrections below this are what a time service makes all day.
inline constexpr int64_t kClockJumpMs = 10'000;

// Notices that the wall clock was set, by how far it has moved against the steady clock since the
// last jump.
class ClockJump {
  public:
    explicit ClockJump(Clock& clock);

    // By how much, in ms, negative where it was set back; empty where it was not. Each jump is
    // reported once.
    std::optional<int64_t> look();

  private:
    // Wall minus steady; empty where the process was stopped between the two readings.
    std::optional<int64_t> offset_ms();

    Clock& clock_;
    int64_t expected_ms_;
};

// A line of the log where there was a jump.
void say_jump(ClockJump& jump);

}  // namespace spantoll::tools
