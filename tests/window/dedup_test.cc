#include "window/dedup/dedup.h"

#include <gtest/gtest.h>

#include "schemas/event_time.h"

namespace spantoll::window {
namespace {

void remember(Dedup& dedup, uint64_t hash, Pane expiry_pane) {
    EXPECT_TRUE(dedup.admit(hash));
    dedup.remember(hash, expiry_pane);
}

TEST(Dedup, AdmitsOnce) {
    Dedup dedup(100);
    EXPECT_TRUE(dedup.admit(7));
    EXPECT_FALSE(dedup.admit(7));
    dedup.remember(7, Pane(50));
    EXPECT_FALSE(dedup.admit(7));
    dedup.forget(Pane(50));
    EXPECT_TRUE(dedup.admit(7));
}

TEST(Dedup, RemembersUntilThePaneOfExpiryIsForgotten) {
    Dedup dedup(100);
    remember(dedup, 7, Pane(50));
    EXPECT_TRUE(dedup.is_remembered(7));
    EXPECT_EQ(dedup.oldest_pane(), Pane(50));
    dedup.forget(Pane(50));
    EXPECT_FALSE(dedup.is_remembered(7));
    EXPECT_EQ(dedup.size(), 0U);
    EXPECT_EQ(dedup.oldest_pane(), kUnsetPane);
    EXPECT_EQ(dedup.take_forgotten(), std::vector<Pane>{Pane(50)});
    EXPECT_TRUE(dedup.take_forgotten().empty());
}

TEST(Dedup, IsOverUntilItsOldestPaneIsForgotten) {
    Dedup dedup(3);
    remember(dedup, 1, Pane(50));
    remember(dedup, 2, Pane(50));
    remember(dedup, 3, Pane(51));
    EXPECT_FALSE(dedup.is_over());
    EXPECT_TRUE(dedup.admit(4));
    EXPECT_TRUE(dedup.is_over());
    dedup.forget(Pane(50));
    EXPECT_FALSE(dedup.is_over());
    dedup.remember(4, Pane(51));
    EXPECT_FALSE(dedup.is_remembered(1));
    EXPECT_FALSE(dedup.is_remembered(2));
    EXPECT_TRUE(dedup.is_remembered(3));
    EXPECT_TRUE(dedup.is_remembered(4));
    EXPECT_EQ(dedup.oldest_pane(), Pane(51));
}

TEST(Dedup, WithoutAnyRoomItStillTakesOne) {
    Dedup dedup(0);
    EXPECT_TRUE(dedup.admit(1));
    EXPECT_FALSE(dedup.is_over()) << "nothing else could be forgotten";
    dedup.remember(1, Pane(50));
    EXPECT_TRUE(dedup.admit(2));
    EXPECT_TRUE(dedup.is_over());
}

TEST(Dedup, GivesWhatIsNewOnceACommit) {
    Dedup dedup(100);
    remember(dedup, 1, Pane(50));
    remember(dedup, 2, Pane(51));
    const auto first = dedup.take_added();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first.at(Pane(50)), std::vector<uint64_t>{1});
    remember(dedup, 3, Pane(50));
    const auto second = dedup.take_added();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second.at(Pane(50)), std::vector<uint64_t>{3});
    EXPECT_TRUE(dedup.take_added().empty());
}

TEST(Dedup, WhatWasForgottenBeforeTheCommitIsNotNew) {
    Dedup dedup(100);
    remember(dedup, 1, Pane(50));
    dedup.forget(Pane(50));
    EXPECT_TRUE(dedup.take_added().empty());
}

TEST(Dedup, OfAStoredPaneTheStoreTellsWhatToForget) {
    Dedup dedup(100);
    remember(dedup, 1, Pane(50));
    EXPECT_FALSE(dedup.is_stored(Pane(50)));
    dedup.take_added();
    remember(dedup, 2, Pane(50));
    EXPECT_TRUE(dedup.is_stored(Pane(50)));
    dedup.erase(std::vector<uint64_t>{1});
    dedup.forget(Pane(50));
    EXPECT_FALSE(dedup.is_remembered(1));
    EXPECT_FALSE(dedup.is_remembered(2));
}

TEST(Dedup, APaneBegunAgainIsNotStoredBeforeTheNextCommit) {
    Dedup dedup(100);
    remember(dedup, 1, Pane(50));
    dedup.take_added();
    dedup.forget(Pane(50));
    remember(dedup, 2, Pane(50));
    EXPECT_FALSE(dedup.is_stored(Pane(50))) << "its old rows go with the next commit";
    EXPECT_EQ(dedup.take_forgotten(), std::vector<Pane>{Pane(50)});
    dedup.take_added();
    EXPECT_TRUE(dedup.is_stored(Pane(50)));
}

TEST(Dedup, WhatIsRestoredIsStoredAndNotNew) {
    Dedup dedup(100);
    dedup.restore(Pane(50), std::vector<uint64_t>{1, 2});
    EXPECT_TRUE(dedup.is_remembered(1));
    EXPECT_TRUE(dedup.is_stored(Pane(50)));
    EXPECT_EQ(dedup.size(), 2U);
    EXPECT_TRUE(dedup.take_added().empty());
}

}  // namespace
}  // namespace spantoll::window
