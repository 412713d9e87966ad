// Rows of panes and identities: added to, replaced, read one after the other, removed.
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/codec/pane_codec.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

PaneEntry entry(uint64_t account, uint32_t slot, Int128 amount) {
    return {AccountId(account), slot, amount};
}

class StorePanes : public StoreFixture {
  protected:
    std::vector<PaneEntry> read_pane(int64_t pane) {
        std::vector<PaneEntry> all;
        EXPECT_TRUE(store_->read_pane(Pane(pane), [&](std::span<const PaneEntry> entries) {
            all.insert(all.end(), entries.begin(), entries.end());
        }));
        return sum_entries(std::move(all));
    }
};

TEST_F(StorePanes, SumsTheRowsOfAPane) {
    open();
    commit([](Commit& c) {
        c.panes = {{Pane(100), false, encode_pane({entry(1, 0, 5), entry(2, 0, 6)})},
                   {Pane(101), false, encode_pane({entry(1, 0, 1)})}};
    });
    commit([](Commit& c) {
        c.panes = {{Pane(100), false, encode_pane({entry(1, 0, 2), entry(3, 1, 4)})}};
    });
    EXPECT_EQ(read_pane(100),
              (std::vector<PaneEntry>{entry(1, 0, 7), entry(2, 0, 6), entry(3, 1, 4)}));
    EXPECT_EQ(read_pane(99), std::vector<PaneEntry>{});
}

TEST_F(StorePanes, ReadsPanesInAnyOrder) {
    open();
    commit([](Commit& c) {
        for (const int64_t pane : {100, 101, 103, 200}) {
            c.panes.push_back({Pane(pane), false, encode_pane({entry(1, 0, pane)})});
        }
    });
    commit([](Commit& c) { c.panes = {{Pane(101), false, encode_pane({entry(2, 0, 7)})}}; });
    const std::vector<PaneEntry> none;
    for (const int64_t pane : {100, 101, 101, 103, 102, 103, 104, 105, 200, 201, 202, 99, 100}) {
        const bool is_there = pane == 100 || pane == 103 || pane == 200;
        const std::vector<PaneEntry> expected =
            pane == 101 ? std::vector<PaneEntry>{entry(1, 0, 101), entry(2, 0, 7)}
                        : (is_there ? std::vector<PaneEntry>{entry(1, 0, pane)} : none);
        EXPECT_EQ(read_pane(pane), expected) << pane;
    }
    // What is committed between two reads is seen by the second.
    commit([](Commit& c) { c.panes = {{Pane(101), true, encode_pane({entry(3, 0, 1)})}}; });
    EXPECT_EQ(read_pane(101), (std::vector<PaneEntry>{entry(3, 0, 1)}));
    EXPECT_EQ(read_pane(102), none);
    commit([](Commit& c) { c.panes = {{Pane(103), true, encode_pane({entry(3, 0, 2)})}}; });
    EXPECT_EQ(read_pane(103), (std::vector<PaneEntry>{entry(3, 0, 2)}));
}

TEST_F(StorePanes, AddsLateAmountsToAReplacedPane) {
    open();
    commit([](Commit& c) { c.panes = {{Pane(100), false, encode_pane({entry(1, 0, 5)})}}; });
    open();
    commit([](Commit& c) {
        c.panes = {{Pane(100), true, encode_pane({entry(1, 0, 9), entry(2, 0, 1)})}};
    });
    EXPECT_EQ(read_pane(100), (std::vector<PaneEntry>{entry(1, 0, 9), entry(2, 0, 1)}));
    commit([](Commit& c) { c.panes = {{Pane(100), false, encode_pane({entry(2, 0, 3)})}}; });
    open();
    EXPECT_EQ(read_pane(100), (std::vector<PaneEntry>{entry(1, 0, 9), entry(2, 0, 4)}));
}

TEST_F(StorePanes, LoadsOnlyPanesThatAreOpen) {
    open();
    commit([](Commit& c) {
        c.panes = {{Pane(99), false, encode_pane({entry(1, 0, 5)})},
                   {Pane(100), false, encode_pane({entry(1, 0, 6)})},
                   {Pane(101), false, encode_pane({entry(1, 0, 7)})}};
        c.watermark = WatermarkRow{100 * kMinuteMs, Pane(100), false};
    });
    commit([](Commit& c) { c.panes = {{Pane(100), false, encode_pane({entry(1, 0, 1)})}}; });
    const LoadedState state = reloaded();
    EXPECT_EQ(
        state.open_panes,
        (decltype(state.open_panes){{Pane(100), {entry(1, 0, 7)}}, {Pane(101), {entry(1, 0, 7)}}}));
}

TEST_F(StorePanes, RemovesExpiredPanesAndIdentities) {
    open();
    commit([](Commit& c) {
        for (int64_t pane = 1000; pane < 1200; ++pane) {
            c.panes.push_back({Pane(pane), false, encode_pane({entry(1, 0, 5)})});
            c.dedup.push_back({Pane(pane), {static_cast<uint64_t>(pane)}});
        }
    });
    commit([](Commit& c) {
        c.panes_below_removed = Pane(1150);
        for (int64_t pane = 1000; pane < 1198; ++pane) {
            c.dedup_removed.emplace_back(pane);
        }
    });
    EXPECT_EQ(read_pane(1149), std::vector<PaneEntry>{});
    EXPECT_EQ(read_pane(1150), (std::vector<PaneEntry>{entry(1, 0, 5)}));
    const LoadedState state = reloaded();
    ASSERT_EQ(state.dedup.size(), 2U);
    EXPECT_EQ(state.dedup[0].expiry_pane, Pane(1198));
    EXPECT_EQ(state.dedup[1].hashes, std::vector<uint64_t>{1199});
}

}  // namespace
}  // namespace spantoll::store
