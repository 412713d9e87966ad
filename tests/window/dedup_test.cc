#include "window/dedup.h"

#include <gtest/gtest.h>

#include "schemas/event_time.h"

namespace spantoll::window {
namespace {

TEST(Dedup, RemembersUntilThePaneOfExpiryCloses) {
    Dedup dedup(100);
    dedup.remember(7, 50);
    dedup.close_below(50);
    EXPECT_TRUE(dedup.is_remembered(7));
    dedup.close_below(51);
    EXPECT_FALSE(dedup.is_remembered(7));
    EXPECT_EQ(dedup.size(), 0U);
    EXPECT_EQ(dedup.oldest_pane(), kUnset);
}

TEST(Dedup, ForgetsTheOldestPaneWholeForLackOfRoom) {
    Dedup dedup(3);
    dedup.remember(1, 50);
    dedup.remember(2, 50);
    dedup.remember(3, 51);
    dedup.remember(4, 52);
    EXPECT_FALSE(dedup.is_remembered(1));
    EXPECT_FALSE(dedup.is_remembered(2));
    EXPECT_TRUE(dedup.is_remembered(3));
    EXPECT_TRUE(dedup.is_remembered(4));
    EXPECT_EQ(dedup.oldest_pane(), 51);
}

TEST(Dedup, GivesWhatIsNewOnceACommit) {
    Dedup dedup(100);
    dedup.remember(1, 50);
    dedup.remember(2, 51);
    const auto first = dedup.take_added();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first.at(50), std::vector<uint64_t>{1});
    dedup.remember(3, 50);
    const auto second = dedup.take_added();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second.at(50), std::vector<uint64_t>{3});
    EXPECT_TRUE(dedup.take_added().empty());
}

TEST(Dedup, WhatWasForgottenBeforeTheCommitIsNotNew) {
    Dedup dedup(100);
    dedup.remember(1, 50);
    dedup.close_below(51);
    EXPECT_TRUE(dedup.take_added().empty());
}

}  // namespace
}  // namespace spantoll::window
