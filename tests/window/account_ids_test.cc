#include "window/account_ids.h"

#include <limits>

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

TEST(AccountIds, FindsWhatWasPut) {
    AccountIds ids;
    EXPECT_EQ(ids.find(AccountId(1)), kNoAccount);
    ids.put(AccountId(1), 40);
    ids.put(AccountId(255), 41);
    ids.put(AccountId(256), 42);
    EXPECT_EQ(ids.find(AccountId(1)), 40U);
    EXPECT_EQ(ids.find(AccountId(255)), 41U);
    EXPECT_EQ(ids.find(AccountId(256)), 42U);
    EXPECT_EQ(ids.find(AccountId(2)), kNoAccount);
    EXPECT_EQ(ids.find(AccountId(512)), kNoAccount);
}

TEST(AccountIds, ForgetsWhatWasErasedAndNothingElse) {
    AccountIds ids;
    ids.put(AccountId(1), 40);
    ids.put(AccountId(2), 41);
    ids.erase(AccountId(1));
    EXPECT_EQ(ids.find(AccountId(1)), kNoAccount);
    EXPECT_EQ(ids.find(AccountId(2)), 41U);
    ids.erase(AccountId(1));  // a second time it is nobody's
    ids.erase(AccountId(3));
    ids.erase(AccountId(1000));
    EXPECT_EQ(ids.find(AccountId(2)), 41U);
    ids.erase(AccountId(2));
    EXPECT_EQ(ids.find(AccountId(2)), kNoAccount);
    ids.put(AccountId(2), 43);
    EXPECT_EQ(ids.find(AccountId(2)), 43U);
}

TEST(AccountIds, PutAgainReplaces) {
    AccountIds ids;
    ids.put(AccountId(7), 1);
    ids.put(AccountId(7), 2);
    EXPECT_EQ(ids.find(AccountId(7)), 2U);
    ids.erase(AccountId(7));
    EXPECT_EQ(ids.find(AccountId(7)), kNoAccount);
}

// Pages 0 and 1024 share one entry of the table of known pages.
TEST(AccountIds, FindsWhatIsFarApart) {
    AccountIds ids;
    constexpr uint64_t kFar = 262'144;
    ids.put(AccountId(3), 40);
    ids.put(AccountId(kFar + 3), 41);
    EXPECT_EQ(ids.find(AccountId(3)), 40U);
    EXPECT_EQ(ids.find(AccountId(kFar + 3)), 41U);
    ids.erase(AccountId(3));
    EXPECT_EQ(ids.find(AccountId(3)), kNoAccount);
    EXPECT_EQ(ids.find(AccountId(kFar + 3)), 41U);
    ids.erase(AccountId(kFar + 3));
    EXPECT_EQ(ids.find(AccountId(kFar + 3)), kNoAccount);
    EXPECT_EQ(ids.find(AccountId(3)), kNoAccount);
    ids.put(AccountId(3), 42);
    EXPECT_EQ(ids.find(AccountId(3)), 42U);
}

// Whatever a store says: no memory for the ids between.
TEST(AccountIds, TakesAnyId) {
    AccountIds ids;
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    ids.put(AccountId(kMost), 5);
    ids.put(AccountId(0), 6);
    EXPECT_EQ(ids.find(AccountId(kMost)), 5U);
    EXPECT_EQ(ids.find(AccountId(0)), 6U);
    EXPECT_EQ(ids.find(AccountId(kMost / 2)), kNoAccount);
}

}  // namespace
}  // namespace spantoll::window
