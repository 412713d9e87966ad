// Which partitions bind the watermark, over the real engine.
#include "tools/pipeline/watermark_votes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01
constexpr int64_t kLatenessMs = kMinuteMs;
constexpr int64_t kIdleAfterMs = 30'000;

constexpr ingest::PartitionState kAtEnd{.end_offset = 1, .is_at_end = true};
constexpr ingest::PartitionState kUnread{.end_offset = 9, .is_at_end = false};
constexpr ingest::PartitionState kUnknown{.end_offset = -1, .is_at_end = true};
constexpr ingest::PartitionState kLeaderless{
    .end_offset = 1, .is_at_end = true, .has_leader = false};

// Two partitions, whose batches a test makes up.
class WatermarkVotesTest : public testing::Test {
  protected:
    void start(std::string_view idle_after = "30s") {
        const Result<Settings> settings = rig_.read_settings(
            fmt::format("[time]\nlateness = \"1m\"\nidle_after = \"{}\"\n", idle_after));
        ASSERT_TRUE(settings) << settings.error().message;
        ASSERT_TRUE(rig_.start(*settings));
        votes_ = std::make_unique<WatermarkVotes>(rig_.engine(), settings->time, now().steady);
    }
    Moment now() const { return {WallTime{wall_ms_}, SteadyTime{steady_ms_}}; }
    void pass(int64_t ms) {
        wall_ms_ += ms;
        steady_ms_ += ms;
    }

    // One span of `time_ms` from `partition` for each, and what is then told of both partitions.
    void batch(const std::vector<std::pair<PartitionIndex, int64_t>>& spans,
               const std::vector<ingest::PartitionState>& states) {
        std::vector<std::string> bytes;
        bytes.reserve(spans.size());
        ingest::RecordBatch batch;
        for (const auto& [partition, time_ms] : spans) {
            bytes.push_back(fmt::format(R"({{"time_ms":{},"team":"a","cost_usd":"1"}})", time_ms));
            ingest::Record record;
            record.partition = partition;
            record.offset = rig_.take_offset(partition);
            record.append_ms = time_ms;
            record.bytes = bytes.back();
            batch.records.push_back(record);
        }
        batch.partitions = states;
        votes_->begin_batch(batch, now());
        for (const ingest::Record& record : batch.records) {
            rig_.engine().apply(record, now().wall.ms);
            votes_->record_done(record.partition);
        }
        votes_->end_batch(now());
    }
    // W as milliseconds since the start, and the lateness.
    std::optional<int64_t> watermark() {
        const int64_t ms = rig_.engine().watermark().value_ms();
        return ms == kUnset ? std::nullopt : std::optional(ms + kLatenessMs - kStartMs);
    }

    EngineRig rig_{2};
    std::unique_ptr<WatermarkVotes> votes_;

  private:
    int64_t wall_ms_ = kStartMs;
    int64_t steady_ms_ = 1'000'000;
};

TEST_F(WatermarkVotesTest, ThereIsNoTimeUntilEveryPartitionIsKnown) {
    start();
    for (const ingest::PartitionState& other : {kUnread, kUnknown, kLeaderless}) {
        batch({{0, kStartMs}}, {kAtEnd, other});
        EXPECT_EQ(watermark(), std::nullopt);
        EXPECT_TRUE(votes_->views()[1].binds_watermark);
        EXPECT_FALSE(votes_->views()[0].binds_watermark);
    }
    // Nothing is in it, so it says nothing of time.
    batch({}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 0);
}

TEST_F(WatermarkVotesTest, TheSlowestOfThemHoldsIt) {
    start();
    batch({{0, kStartMs}, {1, kStartMs + 5'000}}, {kUnread, kUnread});
    EXPECT_EQ(watermark(), 0);
    batch({{1, kStartMs + 60'000}}, {kUnread, kUnread});
    EXPECT_EQ(watermark(), 0);
    batch({{0, kStartMs + 20'000}}, {kUnread, kUnread});
    EXPECT_EQ(watermark(), 20'000);
}

TEST_F(WatermarkVotesTest, ASilentOneHoldsItNoLongerThanItsPatience) {
    start();
    batch({{0, kStartMs}, {1, kStartMs}}, {kAtEnd, kAtEnd});
    pass(kIdleAfterMs - 1);
    batch({{1, kStartMs + 29'000}}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 0);
    pass(1);
    batch({{1, kStartMs + 30'000}}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 30'000);
}

TEST_F(WatermarkVotesTest, OneWithUnreadRecordsHoldsItHoweverLongItIsSilent) {
    start();
    batch({{0, kStartMs}, {1, kStartMs}}, {kAtEnd, kAtEnd});
    for (const ingest::PartitionState& other : {kUnread, kUnknown, kLeaderless}) {
        pass(10 * kIdleAfterMs);
        batch({{1, kStartMs + 60'000}}, {other, kAtEnd});
        EXPECT_EQ(watermark(), 0);
        EXPECT_TRUE(votes_->views()[0].binds_watermark);
    }
}

// Its silence begins anew where it was not to its end.
TEST_F(WatermarkVotesTest, PatienceIsCountedFromWhenItWasReadToItsEnd) {
    start();
    batch({{0, kStartMs}, {1, kStartMs}}, {kUnread, kAtEnd});
    pass(kIdleAfterMs);
    batch({}, {kAtEnd, kAtEnd});
    pass(kIdleAfterMs - 1);
    batch({{1, kStartMs + 60'000}}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 0);
}

TEST_F(WatermarkVotesTest, WithoutPatienceOneAtItsEndGivesWayToOneWithUnreadRecords) {
    start("off");
    batch({{0, kStartMs}, {1, kStartMs}}, {kAtEnd, kAtEnd});
    pass(kHourMs);
    batch({}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 0);  // neither the wall clock nor anything else moves it
    batch({{1, kStartMs + 60'000}}, {kAtEnd, kUnread});
    EXPECT_EQ(watermark(), 60'000);
    // A record that has not had its turn is unread too.
    batch({{1, kStartMs + 70'000}}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 70'000);
}

TEST_F(WatermarkVotesTest, WhenAllAreIdleTimeFollowsTheWallClock) {
    start();
    batch({{0, kStartMs}, {1, kStartMs}}, {kAtEnd, kAtEnd});
    pass(kIdleAfterMs - 1);
    batch({}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), 0);
    pass(kIdleAfterMs + 1);
    batch({}, {kAtEnd, kAtEnd});
    EXPECT_EQ(watermark(), kIdleAfterMs);
}

}  // namespace
}  // namespace spantoll::tools
