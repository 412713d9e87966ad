#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/store.h"
#include "tests/schemas/sample_decisions.h"
#include "tests/store/old_decisions.h"
#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

using StoreTest = StoreFixture;

TEST_F(StoreTest, KeepsTheOutboxUntilItIsPassed) {
    open();
    commit([](Commit& c) {
        c.decisions = {decision_of(1, 10), decision_of(3, 30)};
        c.dead_letters = {letter_of(2, 55, 4)};
    });
    const auto entries = store_->read_outbox(1, 10);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 3U);
    EXPECT_EQ((*entries)[0].decision, decision_of(1, 10).decision);
    EXPECT_EQ((*entries)[0].sequence, 1U);
    ASSERT_TRUE((*entries)[1].dead_letter);
    EXPECT_EQ((*entries)[1].sequence, 2U);
    EXPECT_EQ((*entries)[1].dead_letter->topic, "spans");
    EXPECT_EQ((*entries)[1].dead_letter->partition, 1);
    EXPECT_EQ((*entries)[1].dead_letter->offset, 55);
    EXPECT_EQ((*entries)[1].dead_letter->bytes, "xxxx");
    EXPECT_EQ(store_->read_outbox(2, 1)->size(), 1U);
    commit([](Commit& c) { c.outbox_removed_through = 2; });
    open();
    const auto left = store_->read_outbox(1, 10);
    ASSERT_EQ(left->size(), 1U);
    EXPECT_EQ((*left)[0].sequence, 3U);
    commit([](Commit& c) { c.outbox_removed_through = 1'000'000; });
    EXPECT_TRUE(store_->read_outbox(0, 10)->empty());
    EXPECT_EQ(reloaded().next_sequence, 4U) << "numbers are never used again";
}

TEST_F(StoreTest, KeepsThePositionsOfOutputs) {
    open();
    EXPECT_TRUE(loaded().sink_positions.empty());
    commit([](Commit& c) { c.sink_positions = {{"stdout", 3}, {"kafka", 1}}; });
    commit([](Commit& c) { c.sink_positions = {{"kafka", 2}}; });
    EXPECT_EQ(reloaded().sink_positions, (std::vector<SinkPosition>{{"kafka", 2}, {"stdout", 3}}));
    EXPECT_TRUE(dumped(false, "SINK#").empty()) << "they are no part of the digest";
    commit([](Commit& c) { c.removed.sink_positions = {{"kafka", 0}}; });
    EXPECT_EQ(reloaded().sink_positions, (std::vector<SinkPosition>{{"stdout", 3}}));
}

// A store of format 2 has decisions as JSON text, in both places, and no positions.
TEST_F(StoreTest, ReadsTheDecisionsOfAStoreOfFormat2) {
    open();
    commit([](Commit& c) { c.decisions = {{1, sample_throttle()}, {2, sample_release()}}; });
    store_.reset();
    {
        const std::unique_ptr<Database> database = open_state_database(directory_.path());
        const auto put = [&](Family family, const std::string& key, std::string_view value) {
            ASSERT_TRUE(database->db()
                            .Put({}, database->family(size_t(family)), key, rocksdb::Slice(value))
                            .ok());
        };
        const std::string first = bytes_of_hex(kOldThrottleRow);
        const std::string second = bytes_of_hex(kOldReleaseRow);
        put(Family::kOutbox, numbered_key(kOutboxPrefix, 1), first);
        put(Family::kDecisions, numbered_key(kDecisionPrefix, 1), first);
        put(Family::kOutbox, numbered_key(kOutboxPrefix, 2), second);
        put(Family::kDecisions, numbered_key(kDecisionPrefix, 2), second);
        RecordEncoder encoder;
        put(Family::kMeta,
            std::string(kFormatKey),
            encoder.format({2, options_.dedup_seed_if_new, options_.kinds, options_.periods}));
    }
    EXPECT_TRUE(reloaded().sink_positions.empty());
    const auto outbox = store_->read_outbox(0, 10);
    const auto log = store_->read_decisions(0, 10);
    ASSERT_TRUE(outbox && log);
    ASSERT_EQ(outbox->size(), 2U);
    ASSERT_EQ(log->size(), 2U);
    EXPECT_EQ((*outbox)[0].decision, sample_throttle());
    EXPECT_EQ((*log)[1].decision, sample_release());
    EXPECT_EQ((*log)[1].sequence, 2U);
    commit([](Commit& c) { c.decisions_removed_before_ms = sample_release().effective_ms; });
    EXPECT_EQ(store_->read_decisions(0, 10)->size(), 1U) << "the old ones age as the others";
    EXPECT_NE(dumped(false, "META/FORMAT").begin()->second.find(R"("version":4)"),
              std::string::npos);
}

TEST_F(StoreTest, KeepsTheLogOfDecisionsAfterTheOutbox) {
    open();
    commit([](Commit& c) {
        c.decisions = {decision_of(1, 10), decision_of(2, 20), decision_of(3, 30)};
        c.outbox_removed_through = 0;
    });
    commit([](Commit& c) { c.outbox_removed_through = 3; });
    ASSERT_EQ(store_->read_decisions(1, 10)->size(), 2U);
    EXPECT_EQ(store_->read_decisions(1, 10)->front().sequence, 2U);
    EXPECT_EQ(store_->read_decisions(0, 1)->size(), 1U);
    commit([](Commit& c) { c.decisions_removed_before_ms = 25; });
    ASSERT_EQ(store_->read_decisions(0, 10)->size(), 1U);
    EXPECT_EQ(store_->read_decisions(0, 10)->front().sequence, 3U);
}

TEST_F(StoreTest, BoundsDeadLettersByTheOldestThatWereSent) {
    options_.retention.dead_letters_mb = 1;
    open();
    for (uint64_t sequence = 1; sequence <= 8; ++sequence) {
        commit([&](Commit& c) {
            c.dead_letters = {letter_of(sequence, 100 - static_cast<int64_t>(sequence), 300'000)};
        });
    }
    EXPECT_EQ(dumped(false, "DEAD#").size(), 8U) << "none of them has been sent";
    commit([](Commit& c) { c.outbox_removed_through = 3; });
    EXPECT_EQ(dumped(false, "DEAD#").size(), 5U);
    open();
    EXPECT_GT(store_->dead_letter_bytes(), 1'500'000U);
    commit([](Commit& c) { c.outbox_removed_through = 8; });
    const auto left = dumped(false, "DEAD#");
    EXPECT_EQ(left.size(), 3U);
    EXPECT_TRUE(left.contains("DEAD#spans/1/00000000000000000092"));
    EXPECT_LE(store_->dead_letter_bytes(), 1U << 20);
}

TEST_F(StoreTest, KeepsADeadLetterThatCameAgain) {
    options_.retention.dead_letters_mb = 1;
    open();
    commit([](Commit& c) { c.dead_letters = {letter_of(1, 5, 600'000)}; });
    commit([](Commit& c) { c.dead_letters = {letter_of(2, 5, 600'000)}; });
    commit([](Commit& c) { c.outbox_removed_through = 2; });
    EXPECT_EQ(dumped(false, "DEAD#").size(), 1U);
}

}  // namespace
}  // namespace spantoll::store
