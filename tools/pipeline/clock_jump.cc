#include "tools/pipeline/clock_jump.h"

#include <cstdlib>

namespace spantoll::tools {

ClockJump::ClockJump(Clock& clock)
    : clock_(clock), expected_ms_(clock.now().ms - clock.steady().ms) {}

std::optional<int64_t> ClockJump::look() {
    const std::optional<int64_t> offset = offset_ms();
    if (!offset || std::abs(*offset - expected_ms_) < kClockJumpMs) {
        return std::nullopt;
    }
    const int64_t by_ms = *offset - expected_ms_;
    expected_ms_ = *offset;
    return by_ms;
}

std::optional<int64_t> ClockJump::offset_ms() {
    const SteadyTime before = clock_.steady();
    const WallTime wall = clock_.now();
    const SteadyTime after = clock_.steady();
    if (after.since(before) >= kClockJumpMs / 2) {
        return std::nullopt;
    }
    return wall.ms - before.ms;
}

}  // namespace spantoll::tools
