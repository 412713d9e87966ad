#include "window/account_ids.h"

#include <limits>

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

TEST(AccountIds, FindsWhatWasPut) {
    AccountIds ids;
    EXPECT_EQ(ids.find(1), kNoAccount);
    ids.put(1, 40);
    ids.put(255, 41);
    ids.put(256, 42);
    EXPECT_EQ(ids.find(1), 40U);
    EXPECT_EQ(ids.find(255), 41U);
    EXPECT_EQ(ids.find(256), 42U);
    EXPECT_EQ(ids.find(2), kNoAccount);
    EXPECT_EQ(ids.find(512), kNoAccount);
}

TEST(AccountIds, ForgetsWhatWasErasedAndNothingElse) {
    AccountIds ids;
    ids.put(1, 40);
    ids.put(2, 41);
    ids.erase(1);
    EXPECT_EQ(ids.find(1), kNoAccount);
    EXPECT_EQ(ids.find(2), 41U);
    ids.erase(1);  // a second time it is nobody's
    ids.erase(3);
    ids.erase(1000);
    EXPECT_EQ(ids.find(2), 41U);
    ids.erase(2);
    EXPECT_EQ(ids.find(2), kNoAccount);
    ids.put(2, 43);
    EXPECT_EQ(ids.find(2), 43U);
}

TEST(AccountIds, PutAgainReplaces) {
    AccountIds ids;
    ids.put(7, 1);
    ids.put(7, 2);
    EXPECT_EQ(ids.find(7), 2U);
    ids.erase(7);
    EXPECT_EQ(ids.find(7), kNoAccount);
}

// Pages 0 and 1024 share one entry of the table of known pages.
TEST(AccountIds, FindsWhatIsFarApart) {
    AccountIds ids;
    constexpr uint64_t kFar = 262'144;
    ids.put(3, 40);
    ids.put(kFar + 3, 41);
    EXPECT_EQ(ids.find(3), 40U);
    EXPECT_EQ(ids.find(kFar + 3), 41U);
    ids.erase(3);
    EXPECT_EQ(ids.find(3), kNoAccount);
    EXPECT_EQ(ids.find(kFar + 3), 41U);
    ids.erase(kFar + 3);
    EXPECT_EQ(ids.find(kFar + 3), kNoAccount);
    EXPECT_EQ(ids.find(3), kNoAccount);
    ids.put(3, 42);
    EXPECT_EQ(ids.find(3), 42U);
}

// Whatever a store says: no memory for the ids between.
TEST(AccountIds, TakesAnyId) {
    AccountIds ids;
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    ids.put(kMost, 5);
    ids.put(0, 6);
    EXPECT_EQ(ids.find(kMost), 5U);
    EXPECT_EQ(ids.find(0), 6U);
    EXPECT_EQ(ids.find(kMost / 2), kNoAccount);
}

}  // namespace
}  // namespace spantoll::window
