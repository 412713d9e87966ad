// When a step commits and syncs, with clocks that the test sets.
#include "tools/pipeline/pipeline.h"

#include <atomic>
#include <thread>

#include <fmt/format.h>
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

// As many charges as the journal takes before it is written, by a reader that keeps up.
TEST(PipelinePacing, AFullJournalIsCommittedBeforeTheInterval) {
    constexpr int kRecords = 2000;
    constexpr int kSpansPerRecord = 200;
    PipelineRig rig(kLimited, kStartMs);
    rig.spend("a", "0.000001");
    rig.pass(kCommitQuietMs);
    const uint64_t before = rig.status().commits;
    int records = 0;
    while (rig.status().commits == before && records < kRecords) {
        std::string spans;
        for (int i = 0; i < kSpansPerRecord; ++i) {
            spans += fmt::format(R"({}{{"time_ms":{},"team":"a","cost_usd":"0.000000001"}})",
                                 i == 0 ? "[" : ",",
                                 rig.true_ms());
        }
        rig.source().append(0, rig.true_ms(), spans + "]");
        EXPECT_LT(rig.engine().journal_bytes(), kCommitJournalBytes);
        rig.step();
        ++records;
    }
    EXPECT_LT(records, kRecords);
    EXPECT_GT(records, 10);
    EXPECT_EQ(rig.status().commits, before + 1);
    EXPECT_EQ(rig.engine().journal_bytes(), 0U);
}

// A step whose commit takes so long.
void commit_for(PipelineRig& rig, int64_t ms) {
    rig.clock().pass(kCommitIntervalMs);
    rig.source().append(
        0,
        rig.true_ms(),
        fmt::format(R"({{"time_ms":{},"team":"a","cost_usd":"1"}})", rig.true_ms()));
    rig.clock().let_next_take(ms);
    rig.step();
}

// A commit of 400 ms is followed by nine times as long without one.
TEST(PipelinePacing, AfterALongCommitTheNextWaits) {
    constexpr int64_t kTookMs = 400;
    PipelineRig rig("", kStartMs);
    commit_for(rig, kTookMs);
    ASSERT_EQ(rig.status().commits, 1U);
    int64_t ms = 0;
    while (rig.status().commits == 1 && ms < kCommitIntervalMsMax) {
        rig.clock().pass(100);
        ms += 100;
        rig.spend("a", "1");
    }
    EXPECT_EQ(ms, kCommitWorkRatio * kTookMs);
}

TEST(PipelinePacing, ADecisionWaitsForNoRestAfterALongCommit) {
    PipelineRig rig(kLimited, kStartMs);
    commit_for(rig, kCommitIntervalMs);
    ASSERT_EQ(rig.status().commits, 1U);
    rig.spend("a", "6");
    EXPECT_EQ(rig.status().commits, 2U);
    EXPECT_EQ(rig.sink().decisions().size(), 1U);
}

TEST(PipelinePacing, AReplayCommitsItsDecisionsAtTheEnd) {
    PipelineRig rig(kLimited, kStartMs);
    rig.pace_in_bulk();
    rig.restart();
    rig.spend("a", "6");
    rig.pass(2 * kCommitIntervalMs);
    EXPECT_EQ(rig.status().commits, 0U);
    EXPECT_TRUE(rig.sink().decisions().empty());
    rig.source().end();
    EXPECT_EQ(rig.pipeline().step().value(), StepOutcome::kFinished);
    EXPECT_EQ(rig.status().commits, 1U);
    EXPECT_EQ(rig.sink().decisions().size(), 1U);
}

TEST(PipelinePacing, AQuestionIsAnsweredWithWhatIsCommitted) {
    PipelineRig rig("", kStartMs);
    rig.source().append(
        0, kStartMs, fmt::format(R"({{"time_ms":{},"team":"a","cost_usd":"1"}})", kStartMs));
    std::atomic<bool> is_answered = false;
    uint64_t accepted = 0;
    std::thread asker([&] {
        const bool in_time = rig.pipeline().ask(
            [&](Engine& engine) {
                EXPECT_FALSE(engine.has_changes());
                accepted = engine.counts(0).accepted;
            },
            60'000);
        EXPECT_TRUE(in_time);
        is_answered = true;
    });
    while (!is_answered) {
        rig.step();
    }
    asker.join();
    EXPECT_LE(accepted, 1U);
    EXPECT_EQ(rig.status().commits, accepted);
}

TEST(PipelineReading, AnErrorOfTheSourceIsTheStepsError) {
    PipelineRig rig("", kStartMs);
    rig.source().fail({ErrorKind::kUnavailable, "the broker is gone"});
    const Result<StepOutcome> stepped = rig.pipeline().step();
    ASSERT_FALSE(stepped);
    EXPECT_EQ(stepped.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(stepped.error().message, "the broker is gone");
}

TEST(PipelineReading, OnePollTakesNoMoreThanItsBounds) {
    PipelineRig rig("", kStartMs);
    for (size_t i = 0; i < kPollRecordsMax + 1; ++i) {
        rig.source().append(0, kStartMs, "not a span");
    }
    rig.step();
    EXPECT_EQ(rig.source().unread(), 1U);
    const std::string large(kPollBytesMax / 3, ' ');
    rig.step();
    for (int i = 0; i < 4; ++i) {
        rig.source().append(0, kStartMs, large);
    }
    rig.step();
    EXPECT_EQ(rig.source().unread(), 0U);  // three are not over it yet, the fourth goes over it
    EXPECT_EQ(rig.engine().counts(0).polled, kPollRecordsMax + 5);
}

TEST(PipelineReading, APartitionThatRunsAheadIsPausedUntilTheOthersFollow) {
    PipelineRig rig("[time]\nmax_skew = \"10m\"\nidle_after = \"off\"\n", kStartMs, 2);
    const auto append = [&](PartitionIndex partition, int64_t time_ms) {
        rig.source().append(partition,
                            kStartMs + kHourMs,
                            fmt::format(R"({{"time_ms":{},"team":"a","cost_usd":"1"}})", time_ms));
    };
    rig.source().tell(1, ingest::PartitionState{.end_offset = 5, .is_at_end = false});
    append(0, kStartMs);
    append(1, kStartMs);
    append(0, kStartMs + 20 * kMinuteMs);
    rig.step();
    EXPECT_TRUE(rig.source().is_paused(0));
    EXPECT_FALSE(rig.source().is_paused(1));
    append(0, kStartMs + 21 * kMinuteMs);
    rig.step();
    EXPECT_EQ(rig.engine().counts(0).polled, 2U);
    append(1, kStartMs + 15 * kMinuteMs);
    rig.step();
    EXPECT_FALSE(rig.source().is_paused(0));
    rig.step();
    EXPECT_EQ(rig.engine().counts(0).polled, 3U);
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

// No level changes because of it, and no honest span is refused or late.
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

// As many bytes as the outbox may hold, in one dead letter.
std::vector<store::OutboxEntry> whole_outbox() {
    DeadLetter letter;
    letter.sequence = 1;
    letter.refused = {{0, Refusal::kNotDecodable}};
    letter.bytes = std::string(kOutboxBytesMax, 'x');
    return {{1, std::nullopt, std::move(letter)}};
}

TEST(PipelineOutputs, OneThatMustHaveEverythingStopsReadingWhileTheOutboxIsFull) {
    PipelineRig rig("", kStartMs);
    rig.sink().stall();
    rig.publisher().add(whole_outbox());
    rig.spend("a", "6");
    EXPECT_TRUE(rig.status().is_outbox_full);
    EXPECT_EQ(rig.engine().counts(0).accepted, 0U) << "nothing was read";
    rig.sink().resume();
    rig.step();
    rig.step();
    EXPECT_FALSE(rig.status().is_outbox_full);
    EXPECT_EQ(rig.engine().counts(0).accepted, 1U);
}

TEST(PipelineOutputs, OneThatMayLagNeverStopsReading) {
    PipelineRig rig("", kStartMs);
    rig.let_sink_lag(1);
    rig.restart();
    rig.sink().stall();
    rig.publisher().add(whole_outbox());
    rig.spend("a", "6");
    EXPECT_FALSE(rig.status().is_outbox_full);
    EXPECT_EQ(rig.engine().counts(0).accepted, 1U);
}

TEST(PipelineOutputs, WhatHasNotArrivedIsSentAgainAfterADeath) {
    PipelineRig rig(kLimited, kStartMs);
    rig.spend("a", "6");
    rig.sink().wait_for_acknowledgement();
    rig.spend("b", "6");
    rig.spend("c", "6");
    ASSERT_EQ(rig.sink().sequences(), (std::vector<uint64_t>{1, 2, 3}));
    rig.sink().acknowledge_through(2);
    rig.pass(kCommitQuietMs);
    rig.die();
    rig.step();
    EXPECT_EQ(rig.sink().sequences(), (std::vector<uint64_t>{1, 2, 3, 3}));
    EXPECT_EQ(rig.sink().decisions()[3], rig.sink().decisions()[2]) << "with the same bytes";
    rig.sink().acknowledge_through(3);
    rig.finish();
    EXPECT_EQ(rig.rows().at("SINK#fake"), R"({"sequence":3})");
    EXPECT_FALSE(rig.rows().contains("OUTBOX#00000000000000000003"));
}

TEST(PipelineOutputs, ARowOfTheOutboxAndThePositionGoTogether) {
    PipelineRig rig(kLimited, kStartMs);
    rig.sink().stall();
    rig.spend("a", "6");
    rig.finish();
    EXPECT_EQ(rig.rows().at("SINK#fake"), R"({"sequence":0})");
    EXPECT_TRUE(rig.rows().contains("OUTBOX#00000000000000000001"));
}

}  // namespace
}  // namespace spantoll::tools
