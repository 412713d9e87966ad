#include "store/codec/pane_codec.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "tests/store/row_generators.h"

namespace spantoll::store {
namespace {

PaneEntry entry(uint64_t account, uint32_t slot, Int128 amount) {
    return {AccountId(account), slot, amount};
}

TEST(PaneCodec, ReadsBackEntries) {
    EXPECT_TRUE(rc::check([] {
        std::vector<PaneEntry> entries(*rc::gen::inRange<size_t>(0, 50));
        for (PaneEntry& each : entries) {
            each = any_pane_entry();
        }
        RC_ASSERT(decode_pane(encode_pane(entries)) == entries);
    }));
}

TEST(PaneCodec, ReadsBackTheExtremes) {
    const Int128 most = static_cast<Int128>(~Uint128{0} >> 1);
    const std::vector<PaneEntry> entries{entry(~uint64_t{0}, ~uint32_t{0}, most),
                                         entry(0, 0, -most - 1),
                                         entry(~uint64_t{0}, 0, -1)};
    EXPECT_EQ(decode_pane(encode_pane(entries)), entries);
}

TEST(PaneCodec, TakesAFewBytesForAnEntryOfManyAccounts) {
    std::vector<PaneEntry> entries;
    for (uint64_t account = 1; account <= 1000; ++account) {
        entries.push_back(entry(account, 0, 2'000'000'000));
    }
    EXPECT_LE(encode_pane(entries).size(), 1 + 1000 * 8U);
}

TEST(PaneCodec, RefusesOtherBytes) {
    EXPECT_FALSE(decode_pane(""));
    EXPECT_FALSE(decode_pane("\x02"));
    EXPECT_FALSE(decode_pane("\x01\x80"));
    EXPECT_FALSE(decode_pane(std::string_view("\x01\x02\x00", 3)));
    EXPECT_FALSE(decode_pane("\x01" + std::string(30, '\xff')));
    std::vector<uint64_t> hashes;
    EXPECT_FALSE(decode_hashes("", hashes));
    EXPECT_FALSE(decode_hashes("\x01zzz", hashes));
    EXPECT_FALSE(decode_hashes("\x02zzzzzzzz", hashes));
}

TEST(PaneCodec, SumsByAccountAndSlot) {
    EXPECT_EQ(sum_entries({entry(2, 0, 5),
                           entry(1, 1, 1),
                           entry(2, 0, 6),
                           entry(1, 0, 7),
                           entry(3, 0, 4),
                           entry(3, 0, -4)}),
              (std::vector<PaneEntry>{entry(1, 0, 7), entry(1, 1, 1), entry(2, 0, 11)}));
}

TEST(PaneCodec, AppendsHashes) {
    std::vector<uint64_t> hashes{7};
    EXPECT_TRUE(decode_hashes(encode_hashes({1, ~uint64_t{0}}), hashes));
    EXPECT_TRUE(decode_hashes(encode_hashes({}), hashes));
    EXPECT_EQ(hashes, (std::vector<uint64_t>{7, 1, ~uint64_t{0}}));
}

}  // namespace
}  // namespace spantoll::store
