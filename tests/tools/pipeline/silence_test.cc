// What event time does while nothing arrives: it follows the wall clock, but not further than a
// clock that nobody can set allows.
#include <gtest/gtest.h>

#include "tests/tools/pipeline/pipeline_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01
constexpr int64_t kLatenessMs = 10'000;
constexpr int64_t kIdleMs = 3'000;

constexpr std::string_view kSettings = R"(
[time]
idle_after = "3s"
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
)";

int64_t watermark(PipelineRig& rig) {
    return rig.engine().watermark().value_ms();
}

TEST(Silence, TimeFollowsTheWallClock) {
    PipelineRig rig(kSettings, kStartMs);
    rig.spend("a", "6");
    EXPECT_EQ(watermark(rig), kStartMs - kLatenessMs);
    rig.pass(kHourMs);
    EXPECT_EQ(watermark(rig), kStartMs + kHourMs - kLatenessMs - kIdleMs);
}

// The span is 50 minutes older than its append time: W follows, but catches up by no more than the
// tolerance.
TEST(Silence, TimeOfOldSpansCatchesUpByTheTolerance) {
    PipelineRig rig(kSettings, kStartMs);
    constexpr int64_t kOldMs = 50 * kMinuteMs;
    rig.source().append(
        0,
        kStartMs,
        R"({"team":"a","cost_usd":"6","time_ms":)" + std::to_string(kStartMs - kOldMs) + "}");
    rig.step();
    rig.pass(kHourMs);
    EXPECT_EQ(watermark(rig), kStartMs - kOldMs - kLatenessMs + kHourMs + kSilenceToleranceMs);
}

// Forward by 40 days for 8 s, as seen in a test of a whole processor: W went there for good, the
// block was lifted, and every span of the true time was refused for days.
TEST(Silence, AClockSetForwardForAMomentLiftsNoBlockAndRefusesNoSpan) {
    PipelineRig rig(kSettings, kStartMs);
    rig.spend("a", "6");
    rig.pass(10'000);
    rig.clock().set_wall_by(40 * kDayMs);
    rig.pass(8'000);
    rig.clock().set_wall_by(-40 * kDayMs);
    EXPECT_LE(watermark(rig), kStartMs - kLatenessMs + 18'000 + kSilenceToleranceMs);
    rig.pass(2 * kMinuteMs);
    ASSERT_EQ(rig.sink().decisions().size(), 1U);
    rig.spend("a", "1");
    rig.spend("b", "1");
    EXPECT_EQ(rig.engine().counts(0).accepted, 3U);
    EXPECT_EQ(rig.engine().counts(0).late, 0U);
    EXPECT_EQ(rig.sink().decisions().size(), 1U);
}

TEST(Silence, WhileTheClockIsAheadTimeMovesAsTheSteadyClockDoes) {
    PipelineRig rig(kSettings, kStartMs);
    rig.spend("a", "6");
    rig.clock().set_wall_by(40 * kDayMs);
    rig.pass(kHourMs);
    EXPECT_EQ(watermark(rig), kStartMs - kLatenessMs + kHourMs + kSilenceToleranceMs);
}

// Each record that moves nothing would otherwise allow another minute.
TEST(Silence, RecordsThatMoveNoTimeAllowNothingAnew) {
    PipelineRig rig(kSettings, kStartMs);
    rig.spend("a", "6");
    rig.clock().set_wall_by(40 * kDayMs);
    for (int i = 0; i < 100; ++i) {
        rig.source().append(0, kStartMs, "no JSON");
        rig.step();
        rig.pass(2 * kIdleMs);
    }
    EXPECT_EQ(watermark(rig), kStartMs - kLatenessMs + 200 * kIdleMs + kSilenceToleranceMs);
}

TEST(Silence, AfterAStartTimeMovesAsTheSteadyClockDidSinceTheStart) {
    PipelineRig rig(kSettings, kStartMs);
    rig.spend("a", "6");
    const int64_t before = watermark(rig);
    rig.clock().set_wall_by(40 * kDayMs);
    rig.restart();
    rig.pass(20'000);
    EXPECT_EQ(watermark(rig), before + 20'000 + kSilenceToleranceMs);
}

TEST(Silence, AClockSetBackStopsTimeButNotTheIdleness) {
    PipelineRig rig(kSettings, kStartMs, 2);
    rig.spend("a", "1");
    rig.source().append(
        1,
        kStartMs,
        R"({"team":"b","cost_usd":"1","time_ms":)" + std::to_string(kStartMs + 30'000) + "}");
    rig.step();
    EXPECT_EQ(watermark(rig), kStartMs - kLatenessMs);
    rig.clock().set_wall_by(-kDayMs);
    rig.pass(kMinuteMs);
    // The first partition is idle and does not bind W, so the second one's spans move it.
    EXPECT_EQ(watermark(rig), kStartMs + 30'000 - kLatenessMs);
    rig.source().append(
        1,
        kStartMs + kMinuteMs,
        R"({"team":"b","cost_usd":"1","time_ms":)" + std::to_string(kStartMs + kMinuteMs) + "}");
    rig.step();
    EXPECT_EQ(watermark(rig), kStartMs + kMinuteMs - kLatenessMs);
}

}  // namespace
}  // namespace spantoll::tools
