#include "window/dedup/id_set.h"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

// Many hashes lie close together, at the ends of tables too, so that runs are long, leave their
// block, and are torn by erasing; and half of them are in one table, so that it grows.
uint64_t any_hash(std::mt19937_64& random) {
    constexpr uint64_t kNear = 3'000;
    constexpr uint64_t kLastTable = ~uint64_t{0} << 58;
    switch (random() % 8) {
        case 0:
            return random() % kNear;
        case 1:
            return ~(random() % kNear);
        case 2:
        case 3:
            return random();
        default:
            return random() | kLastTable;
    }
}

TEST(IdSet, HoldsWhatASetHolds) {
    for (const uint64_t seed : {1U, 2U, 3U}) {
        std::mt19937_64 random(seed);
        IdSet ids;
        std::set<uint64_t> expected;
        for (int i = 0; i < 300'000; ++i) {
            const uint64_t hash = std::max<uint64_t>(any_hash(random), 1);
            ASSERT_EQ(ids.contains(hash), expected.contains(hash)) << hash;
            const bool is_growing = i / 50'000 % 2 == 0;
            if (random() % 4 != 0 ? is_growing : !is_growing) {
                if (!expected.contains(hash)) {
                    ids.insert(hash);
                    expected.insert(hash);
                }
            } else if (!expected.empty()) {
                const auto near = expected.lower_bound(hash);
                const uint64_t gone = near == expected.end() ? *expected.begin() : *near;
                ids.erase(gone);
                expected.erase(gone);
            }
            if (i % 49'999 == 0) {
                ids.shrink();
            }
        }
        EXPECT_EQ(ids.size(), expected.size());
        for (const uint64_t hash : expected) {
            ASSERT_TRUE(ids.contains(hash)) << hash;
        }
    }
}

TEST(IdSet, ErasingWhatIsNotThereChangesNothing) {
    IdSet ids;
    ids.erase(5);
    ids.insert(6);
    ids.erase(5);
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_TRUE(ids.contains(6));
}

TEST(IdSet, TakesZeroForOne) {
    IdSet ids;
    EXPECT_FALSE(ids.contains(0));
    ids.insert(0);
    EXPECT_TRUE(ids.contains(1));
    ids.erase(1);
    EXPECT_FALSE(ids.contains(0));
}

}  // namespace
}  // namespace spantoll::window
