#include "tools/pipeline/clock_jump.h"

#include <cstdlib>
#include <spdlog/spdlog.h>

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

void say_jump(ClockJump& jump) {
    if (const std::optional<int64_t> by_ms = jump.look()) {
        spdlog::warn(
            "the wall clock was set {} by {} s: pauses and silence go by a clock that cannot be "
            "set, but append times and `future` follow the wall clock",
            *by_ms > 0 ? "forward" : "back",
            std::abs(*by_ms) / 1000);
    }
}

}  // namespace spantoll::tools
