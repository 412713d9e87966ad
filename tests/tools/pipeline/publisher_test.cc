#include "tools/pipeline/publisher.h"

#include <numeric>
#include <utility>

#include <gtest/gtest.h>

#include "tests/tools/pipeline/fake_sink.h"

namespace spantoll::tools {
namespace {

using Sequences = std::vector<uint64_t>;

store::OutboxEntry decision(uint64_t sequence) {
    Decision decision;
    decision.number = sequence;
    decision.account = "team:a";
    decision.limit = "day";
    decision.window = {WindowKind::kRolling, 1440};
    return {sequence, std::move(decision), std::nullopt};
}

store::OutboxEntry dead_letter(uint64_t sequence, size_t bytes = 4) {
    DeadLetter letter;
    letter.sequence = sequence;
    letter.refused = {{0, Refusal::kFuture}};
    letter.bytes = std::string(bytes, 'x');
    return {sequence, std::nullopt, std::move(letter)};
}

std::vector<store::OutboxEntry> decisions(uint64_t first, uint64_t last) {
    std::vector<store::OutboxEntry> entries;
    for (uint64_t sequence = first; sequence <= last; ++sequence) {
        entries.push_back(decision(sequence));
    }
    return entries;
}

Sequences range(uint64_t first, uint64_t last) {
    Sequences sequences(last - first + 1);
    std::iota(sequences.begin(), sequences.end(), first);
    return sequences;
}

// Two outputs: `must` gets everything, `lags` may lag by three entries.
class PublisherTest : public ::testing::Test {
  protected:
    static constexpr uint64_t kMayLag = 3;

    // A process starts; what is in the store's outbox comes first.
    void start(const StoredPositions& stored = {}, std::vector<store::OutboxEntry> outbox = {}) {
        publisher_.emplace(std::vector<Output>{{"must", &must_, 0}, {"lags", &lags_, kMayLag}},
                           stored);
        publisher_->add(std::move(outbox));
    }
    void add(uint64_t first, uint64_t last) { publisher_->add(decisions(first, last)); }
    void drain() {
        const Result<void> drained = publisher_->drain();
        ASSERT_TRUE(drained) << drained.error().message;
    }
    // What the next commit writes, and then what the store has.
    store::Commit committed() {
        store::Commit commit;
        publisher_->collect(commit);
        for (const store::SinkPosition& position : commit.sink_positions) {
            std::erase_if(stored_, [&](const auto& old) { return old.name == position.name; });
            stored_.push_back(position);
        }
        return commit;
    }
    uint64_t stored(std::string_view name) const {
        for (const store::SinkPosition& position : stored_) {
            if (position.name == name) {
                return position.sequence;
            }
        }
        return UINT64_MAX;
    }
    const Publisher::View view(size_t output) const { return publisher_->outputs()[output]; }

    FakeSink must_;
    FakeSink lags_;
    std::optional<Publisher> publisher_;
    std::vector<store::SinkPosition> stored_;
};

TEST_F(PublisherTest, GivesEveryOutputEverythingInOrder) {
    start();
    publisher_->add({decision(1), dead_letter(2), decision(5)});
    drain();
    EXPECT_EQ(must_.sequences(), (Sequences{1, 2, 5}));
    EXPECT_EQ(lags_.sequences(), (Sequences{1, 2, 5}));
    EXPECT_EQ(must_.decisions().size(), 2U);
    EXPECT_EQ(must_.letters().at(0).bytes, "xxxx");
    EXPECT_EQ(publisher_->waiting(), 0U);
    EXPECT_EQ(publisher_->removable_through(), 5U);
}

TEST_F(PublisherTest, ARowStaysUntilBothHavePassedIt) {
    start();
    must_.wait_for_acknowledgement();
    add(1, 3);
    drain();
    EXPECT_EQ(publisher_->removable_through(), 0U) << "nothing has arrived at the one";
    must_.acknowledge_through(2);
    drain();
    EXPECT_EQ(publisher_->removable_through(), 2U);
    lags_.stall();
    add(4, 5);
    must_.acknowledge_through(5);
    drain();
    EXPECT_EQ(publisher_->removable_through(), 3U) << "two wait for the other";
    EXPECT_EQ(committed().outbox_removed_through, 3U);
}

TEST_F(PublisherTest, EachOutputGoesOnFromItsOwnPositionAfterARestart) {
    start();
    must_.wait_for_acknowledgement();
    add(1, 3);
    drain();
    must_.acknowledge_through(1);
    drain();
    committed();
    EXPECT_EQ(stored("must"), 1U);
    EXPECT_EQ(stored("lags"), 3U);

    start({stored_, 3}, decisions(2, 3));
    drain();
    EXPECT_EQ(must_.sequences(), (Sequences{1, 2, 3, 2, 3})) << "at least once";
    EXPECT_EQ(lags_.sequences(), (Sequences{1, 2, 3})) << "what has arrived is not repeated";
}

TEST_F(PublisherTest, PositionsAreInTheCommitThatHoldsTheFirstEntry) {
    start({{}, 7});
    const store::Commit first = committed();
    EXPECT_EQ(first.sink_positions.size(), 2U);
    must_.stall();
    add(8, 9);
    drain();
    // The process dies: what was added is in the outbox, and nothing of it is lost.
    must_.resume();
    start({stored_, 9}, decisions(8, 9));
    drain();
    EXPECT_EQ(must_.sequences(), (Sequences{8, 9}));
}

TEST_F(PublisherTest, ANewOutputBeginsWithWhatComesNext) {
    start({{{"must", 4}}, 6}, decisions(5, 6));
    add(7, 7);
    drain();
    EXPECT_EQ(must_.sequences(), range(5, 7));
    EXPECT_EQ(lags_.sequences(), (Sequences{7}));
}

TEST_F(PublisherTest, AStoreWithoutPositionsGivesEveryOutputWhatItsOutboxHolds) {
    start({{}, 6}, decisions(5, 6));
    drain();
    EXPECT_EQ(must_.sequences(), range(5, 6));
    EXPECT_EQ(lags_.sequences(), range(5, 6));
}

TEST_F(PublisherTest, AStartWithNothingToSendIsNotWorthACommit) {
    start({{{"must", 6}, {"lags", 6}}, 6});
    drain();
    EXPECT_FALSE(publisher_->has_news());
    EXPECT_FALSE(committed().outbox_removed_through);
    add(7, 7);
    drain();
    EXPECT_TRUE(publisher_->has_news());
    EXPECT_EQ(committed().outbox_removed_through, 7U);
}

TEST_F(PublisherTest, AnOutputThatIsGoneLeavesNothingBehind) {
    start({{{"must", 6}, {"gone", 2}, {"lags", 6}}, 6}, decisions(3, 6));
    EXPECT_TRUE(publisher_->has_news());
    drain();
    const store::Commit commit = committed();
    ASSERT_EQ(commit.removed.sink_positions.size(), 1U);
    EXPECT_EQ(commit.removed.sink_positions[0].name, "gone");
    EXPECT_EQ(commit.outbox_removed_through, 6U);
    EXPECT_FALSE(publisher_->has_news());
    EXPECT_TRUE(committed().removed.sink_positions.empty());
}

TEST_F(PublisherTest, AnOutputThatMustHaveEverythingFillsTheOutbox) {
    start();
    must_.stall();
    add(1, kOutboxItemsMax - 1);
    drain();
    EXPECT_FALSE(publisher_->is_full());
    add(kOutboxItemsMax, kOutboxItemsMax);
    drain();
    EXPECT_TRUE(publisher_->is_full());
    EXPECT_EQ(view(0).lost, 0U);
    must_.resume();
    drain();
    EXPECT_FALSE(publisher_->is_full());
    EXPECT_EQ(must_.sequences(), range(1, kOutboxItemsMax)) << "and loses nothing";
}

TEST_F(PublisherTest, DeadLettersFillTheOutboxByTheirSize) {
    start();
    must_.stall();
    publisher_->add({dead_letter(1, kOutboxBytesMax)});
    EXPECT_TRUE(publisher_->is_full());
    must_.resume();
    drain();
    EXPECT_FALSE(publisher_->is_full());
}

TEST_F(PublisherTest, AnOutputThatMayLagNeverFillsItAndLosesTheOldest) {
    start();
    lags_.stall();
    add(1, kMayLag);
    drain();
    EXPECT_EQ(view(1).lag, kMayLag);
    EXPECT_EQ(view(1).lost, 0U);
    add(kMayLag + 1, 2 * kOutboxItemsMax);
    drain();
    EXPECT_FALSE(publisher_->is_full());
    EXPECT_EQ(view(1).lag, kMayLag);
    EXPECT_EQ(view(1).lost, 2 * kOutboxItemsMax - kMayLag);
    EXPECT_EQ(publisher_->waiting(), kMayLag) << "no more is kept for it";
    EXPECT_EQ(publisher_->removable_through(), 2 * kOutboxItemsMax - kMayLag);
    lags_.resume();
    drain();
    EXPECT_EQ(lags_.sequences(), range(2 * kOutboxItemsMax - kMayLag + 1, 2 * kOutboxItemsMax));
    EXPECT_EQ(view(1).lag, 0U);
    EXPECT_EQ(view(0).lag, 0U);
    EXPECT_EQ(must_.sequences().size(), 2 * kOutboxItemsMax) << "the other has them all";
}

TEST_F(PublisherTest, WhatIsLostIsNotSentAfterARestart) {
    start();
    lags_.stall();
    add(1, 5);
    drain();
    committed();
    EXPECT_EQ(stored("lags"), 2U);
    lags_.resume();
    start({stored_, 5}, decisions(3, 5));
    drain();
    EXPECT_EQ(lags_.sequences(), range(3, 5));
}

TEST_F(PublisherTest, WhatIsKeptForAnOutputThatMayLagIsBoundedBySizeToo) {
    start();
    lags_.stall();
    publisher_->add({dead_letter(1, kOutboxBytesMax / 2), dead_letter(2, kOutboxBytesMax / 2)});
    drain();
    EXPECT_EQ(view(1).lost, 1U);
    EXPECT_EQ(publisher_->removable_through(), 1U);
}

TEST_F(PublisherTest, TheErrorOfAnOutputEndsTheProcessUnlessItMayLag) {
    start();
    add(1, 2);
    lags_.fail({ErrorKind::kUnavailable, "refused for good"});
    drain();
    EXPECT_TRUE(view(1).has_failed);
    EXPECT_EQ(must_.sequences(), range(1, 2));
    add(3, 9);
    drain();
    EXPECT_EQ(lags_.sequences(), range(1, 2)) << "it gets nothing more";
    EXPECT_GT(view(1).lost, 0U);
    must_.fail({ErrorKind::kUnavailable, "refused for good"});
    EXPECT_FALSE(publisher_->drain());
}

TEST_F(PublisherTest, AStopWaitsOnlyForWhatHasNotArrived) {
    start();
    add(1, 2);
    ASSERT_TRUE(publisher_->flush(100));
    EXPECT_EQ(must_.flushed_ms(), 0);
    must_.wait_for_acknowledgement();
    add(3, 3);
    ASSERT_TRUE(publisher_->flush(100));
    EXPECT_EQ(must_.flushed_ms(), 100);
}

TEST_F(PublisherTest, WithoutOutputsNothingWaits) {
    publisher_.emplace(std::vector<Output>{}, StoredPositions{{}, 0});
    add(1, 3);
    drain();
    EXPECT_EQ(publisher_->waiting(), 0U);
    EXPECT_EQ(committed().outbox_removed_through, 3U);
}

}  // namespace
}  // namespace spantoll::tools
