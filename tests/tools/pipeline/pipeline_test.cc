// When a step commits and syncs, by clocks in the test's hand.
#include "tools/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include "tests/tools/pipeline/pipeline_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01

constexpr std::string_view kLimited = R"(
[[limit]]
name = "team-day"
kind = "team"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
)";

TEST(PipelinePacing, ADecisionIsCommittedSyncedAndPublishedInTheStepThatMadeIt) {
    PipelineRig rig(kLimited, kStartMs);
    rig.spend("a", "6");
    EXPECT_EQ(rig.status().commits, 1U);
    EXPECT_EQ(rig.source().durable(), std::vector<int64_t>{1});
    EXPECT_EQ(rig.sink().decisions().size(), 1U);
}

TEST(PipelinePacing, WithNothingLeftToReadACommitComesTheQuietTimeAfterTheLast) {
    PipelineRig rig("", kStartMs);
    rig.spend("a", "6");
    rig.pass(kCommitQuietMs - 100);
    EXPECT_EQ(rig.status().commits, 0U);
    rig.pass(100);
    EXPECT_EQ(rig.status().commits, 1U);
}

TEST(PipelinePacing, ABusyReaderCommitsByTheInterval) {
    PipelineRig rig("", kStartMs);
    int64_t ms = 0;
    while (rig.status().commits == 0 && ms < 10 * kCommitIntervalMs) {
        rig.clock().pass(100);
        ms += 100;
        rig.spend("a", "1");
    }
    EXPECT_EQ(ms, kCommitIntervalMs);
}

TEST(PipelinePacing, ACommitIsSyncedWithinTheSyncInterval) {
    PipelineRig rig("", kStartMs);
    rig.spend("a", "6");
    rig.pass(kCommitQuietMs);
    ASSERT_EQ(rig.status().commits, 1U);
    EXPECT_TRUE(rig.source().durable().empty());
    rig.pass(kSyncIntervalMs);
    EXPECT_EQ(rig.source().durable(), std::vector<int64_t>{1});
}

TEST(PipelinePacing, FinishingSyncsWhatWasNot) {
    PipelineRig rig("", kStartMs);
    rig.spend("a", "6");
    rig.finish();
    EXPECT_EQ(rig.source().durable(), std::vector<int64_t>{1});
}

// Markers of transactions, aborted records: the source says that it has read to 5, and the record
// at 0 is the last one.
TEST(PipelinePosition, FollowsWhatTheSourceHasReadTo) {
    PipelineRig rig("", kStartMs);
    rig.spend("a", "6");
    rig.source().skip_to(0, 5);
    rig.pass(2 * kSyncIntervalMs);
    EXPECT_EQ(rig.engine().offset_row(0).next_offset, 5);
    EXPECT_EQ(rig.engine().offset_row(0).last_offset, 0);
    EXPECT_EQ(rig.source().durable(), std::vector<int64_t>{5});
    rig.restart();
    EXPECT_EQ(rig.engine().offset_row(0).next_offset, 5);
    EXPECT_EQ(rig.engine().offset_row(0).last_offset, 0);
    rig.spend("a", "1");
    EXPECT_EQ(rig.engine().counts(0).accepted, 2U);
    EXPECT_EQ(rig.engine().offset_row(0).last_offset, 5);
}

TEST(PipelinePosition, NoRowHasAHigherSequenceThanItsLast) {
    PipelineRig rig(kLimited, kStartMs);
    EXPECT_EQ(rig.last_sequence(), 0U);
    rig.spend("a", "6");
    EXPECT_EQ(rig.last_sequence(), 1U);
    rig.restart();
    EXPECT_EQ(rig.last_sequence(), 1U);
}

class WallClockSet : public testing::TestWithParam<int64_t> {};

// Before, commits, syncs and metrics stood still until the wall clock was where it had been.
TEST_P(WallClockSet, CommitsAndSyncsComeAsEver) {
    PipelineRig rig("", kStartMs);
    rig.spend("a", "1");
    rig.pass(5'000);
    const uint64_t commits = rig.status().commits;
    rig.clock().set_wall_by(GetParam());
    for (int64_t ms = 0; ms < 10 * kCommitIntervalMs; ms += 100) {
        rig.clock().pass(100);
        rig.spend("a", "1");
    }
    EXPECT_EQ(rig.status().commits, commits + 10);
    const std::vector<int64_t> before = rig.source().durable();
    rig.spend("a", "1");
    rig.pass(kCommitQuietMs + kSyncIntervalMs);
    EXPECT_GT(rig.source().durable(), before);
}

// Nobody's level changes and no honest span is refused or late for it.
TEST_P(WallClockSet, WhileSpansComeNothingChanges) {
    const auto run = [](int64_t jump_ms) {
        PipelineRig rig(std::string("[time]\nidle_after = \"off\"\n") + std::string(kLimited),
                        kStartMs);
        for (int i = 0; i < 600; ++i) {
            rig.clock().pass(1'000);
            if (i == 200) {
                rig.clock().set_wall_by(jump_ms);
            }
            if (i == 400) {
                rig.clock().set_wall_by(-jump_ms);
            }
            rig.spend("t" + std::to_string(i % 7), "0.11");
        }
        rig.finish();
        return std::pair(rig.sink().decisions(), rig.digest());
    };
    const auto right = run(0);
    EXPECT_FALSE(right.first.empty());
    EXPECT_EQ(run(GetParam()), right);
}

INSTANTIATE_TEST_SUITE_P(Jumps,
                         WallClockSet,
                         testing::Values(-kDayMs, -kMinuteMs, kMinuteMs, 2 * kHourMs, 40 * kDayMs));

}  // namespace
}  // namespace spantoll::tools
