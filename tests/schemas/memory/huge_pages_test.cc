#include "schemas/memory/huge_pages.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

constexpr size_t kOddBytes = 3 * kHugePage + 4097;

TEST(HugePages, AreZeroAlignedAndWritable) {
    for (void* const memory : {allocate_huge(kOddBytes), allocate_for_huge(kOddBytes)}) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % kHugePage, 0U);
        char* const bytes = static_cast<char*>(memory);
        EXPECT_EQ(std::accumulate(bytes, bytes + kOddBytes, 0), 0);
        bytes[0] = 1;
        bytes[kOddBytes - 1] = 2;
        make_huge(memory, kOddBytes);
        EXPECT_EQ(bytes[0], 1);
        EXPECT_EQ(bytes[kOddBytes - 1], 2);
        free_huge(memory, kOddBytes);
    }
}

TEST(HugePages, WhatIsGivenBackIsZeroWhenNextTouched) {
    char* const bytes = static_cast<char*>(allocate_huge(kHugePage));
    bytes[0] = 1;
    bytes[kHugePage / 2] = 2;
    give_pages_back(bytes, kHugePage / 2);
    EXPECT_EQ(bytes[0], 0);
    EXPECT_EQ(bytes[kHugePage / 2], 2);
    free_huge(bytes, kHugePage);
}

TEST(HugePages, ServeAVectorOfAnySize) {
    std::vector<int, HugePageAllocator<int>> numbers;
    for (const size_t count : {1U, 1'000U, 500'000U, 2'000'000U}) {  // up to some huge pages
        numbers.resize(count);
        EXPECT_TRUE(std::is_sorted(numbers.rbegin(), numbers.rend())) << "the new ones are zero";
        std::iota(numbers.rbegin(), numbers.rend(), 1);
        EXPECT_EQ(numbers.front(), static_cast<int>(count));
    }
}

}  // namespace
}  // namespace spantoll
