#include "tools/pipeline/clock_jump.h"

#include <gtest/gtest.h>

#include "tests/tools/pipeline/fake_clock.h"

namespace spantoll::tools {
namespace {

TEST(ClockJump, TimeThatPassesIsNone) {
    FakeClock clock(1'772'323'200'000);
    ClockJump jump(clock);
    clock.pass(40 * kDayMs);
    EXPECT_EQ(jump.look(), std::nullopt);
}

TEST(ClockJump, IsToldOnceEachWay) {
    FakeClock clock(1'772'323'200'000);
    ClockJump jump(clock);
    clock.set_wall_by(kDayMs);
    EXPECT_EQ(jump.look(), kDayMs);
    EXPECT_EQ(jump.look(), std::nullopt);
    clock.set_wall_by(-2 * kDayMs);
    EXPECT_EQ(jump.look(), -2 * kDayMs);
    EXPECT_EQ(jump.look(), std::nullopt);
}

TEST(ClockJump, SmallCorrectionsAddUp) {
    FakeClock clock(1'772'323'200'000);
    ClockJump jump(clock);
    for (int64_t by_ms = 1'000; by_ms < kClockJumpMs; by_ms += 1'000) {
        clock.set_wall_by(1'000);
        EXPECT_EQ(jump.look(), std::nullopt);
    }
    clock.set_wall_by(1'000);
    EXPECT_EQ(jump.look(), kClockJumpMs);
}

}  // namespace
}  // namespace spantoll::tools
