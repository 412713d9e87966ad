#include "window/watermark.h"

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

constexpr int64_t kLatenessMs = 10'000;
constexpr int64_t kTimeMs = 1'772'323'200'000;

TEST(Watermark, IsUnsetUntilEveryPartitionIsKnown) {
    Watermark watermark(kLatenessMs, 3);
    watermark.accept(0, {kTimeMs, true});
    EXPECT_FALSE(watermark.is_set());
    watermark.accept(1, {kTimeMs + 5, true});
    EXPECT_FALSE(watermark.is_set());
    watermark.set_vote(2, WatermarkVote::kNoSpans);
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
}

TEST(Watermark, IsUnsetWhileNoPartitionHasASpan) {
    Watermark watermark(kLatenessMs, 2);
    watermark.set_vote(0, WatermarkVote::kNoSpans);
    watermark.set_vote(1, WatermarkVote::kNoSpans);
    EXPECT_FALSE(watermark.is_set());
}

TEST(Watermark, IsTheMinimumOverThoseThatHoldIt) {
    Watermark watermark(kLatenessMs, 2);
    watermark.accept(0, {kTimeMs, true});
    watermark.accept(1, {kTimeMs + 60'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
    watermark.accept(0, {kTimeMs + 90'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs + 60'000 - kLatenessMs);
    EXPECT_EQ(watermark.skew_ms(0), 30'000);
    EXPECT_EQ(watermark.skew_ms(1), 0);
}

TEST(Watermark, NeverGoesBack) {
    Watermark watermark(kLatenessMs, 2);
    watermark.set_vote(1, WatermarkVote::kReleased);
    watermark.accept(0, {kTimeMs, true});
    watermark.accept(0, {kTimeMs - 5'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
    watermark.set_vote(1, WatermarkVote::kBinds);
    watermark.accept(1, {kTimeMs - 90'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
    watermark.advance_to(kTimeMs - 90'000);
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
}

TEST(Watermark, IsLetGoByAPartitionThatIsIdle) {
    Watermark watermark(kLatenessMs, 2);
    watermark.accept(0, {kTimeMs, true});
    watermark.accept(1, {kTimeMs + 60'000, true});
    watermark.set_vote(0, WatermarkVote::kReleased);
    EXPECT_EQ(watermark.value_ms(), kTimeMs + 60'000 - kLatenessMs);
    watermark.set_vote(1, WatermarkVote::kReleased);
    EXPECT_EQ(watermark.value_ms(), kTimeMs + 60'000 - kLatenessMs);
}

TEST(Watermark, IsHeldByAPartitionThatHasUnreadRecordsAndNoSpan) {
    Watermark watermark(kLatenessMs, 2);
    watermark.set_vote(1, WatermarkVote::kNoSpans);
    watermark.accept(0, {kTimeMs, true});
    watermark.set_vote(1, WatermarkVote::kBinds);
    watermark.accept(0, {kTimeMs + 60'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs - kLatenessMs);
}

TEST(Watermark, IsAsLiveAsTheSpanThatLastMovedIt) {
    Watermark watermark(kLatenessMs, 1);
    watermark.accept(0, {kTimeMs, true});
    EXPECT_TRUE(watermark.is_live());
    watermark.accept(0, {kTimeMs - 1, false});  // moves nothing
    EXPECT_TRUE(watermark.is_live());
    watermark.accept(0, {kTimeMs + 1, false});
    EXPECT_FALSE(watermark.is_live());
}

TEST(Watermark, GoesOnAfterARestart) {
    Watermark watermark(kLatenessMs, 2);
    watermark.restore(kTimeMs, true);
    watermark.restore_partition(0, kTimeMs + 20'000);
    watermark.restore_partition(1, kTimeMs + kLatenessMs);
    EXPECT_EQ(watermark.value_ms(), kTimeMs);
    watermark.accept(1, {kTimeMs + 15'000, true});
    EXPECT_EQ(watermark.value_ms(), kTimeMs + 5'000);
    EXPECT_EQ(watermark.time_ms_max(), kTimeMs + 20'000);
}

}  // namespace
}  // namespace spantoll::window
