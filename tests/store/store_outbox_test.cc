#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/store.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

using StoreTest = StoreFixture;

TEST_F(StoreTest, KeepsTheOutboxUntilItIsSettled) {
    open();
    commit([](Commit& c) {
        c.decisions = {decision_of(1, 10), decision_of(3, 30)};
        c.dead_letters = {letter_of(2, 55, 4)};
    });
    const auto entries = store_->read_outbox(1, 10);
    ASSERT_TRUE(entries);
    ASSERT_EQ(entries->size(), 3U);
    EXPECT_EQ((*entries)[0].decision->json, R"({"number":1})");
    EXPECT_EQ((*entries)[0].decision->sequence, 1U);
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
