#include "tools/engine/name_table.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

TEST(NameTable, KnowsNothingAtFirst) {
    const NameTable names;
    EXPECT_EQ(names.find({1, 2}).index, window::kNoAccount);
    names.prefetch({1, 2});
    EXPECT_EQ(names.size(), 0U);
}

// Half of the hashes have one home, so that runs are long and wrap around.
TEST(NameTable, HoldsWhatAMapHolds) {
    std::mt19937_64 random(1);
    NameTable names;
    std::map<std::pair<uint64_t, uint64_t>, NamedAccount> expected;
    for (uint32_t i = 0; i < 20'000; ++i) {
        const TextHash text{random() % 2 == 0 ? ~uint64_t{0} : random() % 5'000, random() % 200};
        const NamedAccount account{AccountId(i + 1), i};
        names.put(text, account);
        expected[{text.high, text.low}] = account;
    }
    EXPECT_EQ(names.size(), expected.size());
    for (const auto& [text, account] : expected) {
        const NamedAccount found = names.find({text.first, text.second});
        EXPECT_EQ(found.id, account.id);
        EXPECT_EQ(found.index, account.index);
    }
    EXPECT_EQ(names.find({~uint64_t{0}, 200}).index, window::kNoAccount);
}

TEST(NameTable, BeginsAnewWhenCleared) {
    NameTable names;
    names.put({1, 2}, {AccountId(7), 8});
    names.clear();
    EXPECT_EQ(names.size(), 0U);
    EXPECT_EQ(names.find({1, 2}).index, window::kNoAccount);
    names.put({1, 2}, {AccountId(9), 10});
    EXPECT_EQ(names.find({1, 2}).id, AccountId(9));
}

}  // namespace
}  // namespace spantoll::tools
