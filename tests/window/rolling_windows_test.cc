#include "window/rolling_windows.h"

#include <gtest/gtest.h>

#include "tests/window/parts.h"

namespace spantoll::window {
namespace {

constexpr int64_t kDayPanes = kDayMs / kMinuteMs;

struct Rolling : testing::Test {
    Parts parts;
    AccountIndex a = parts.account("service:a");

    const RollingCounter& counter() { return parts.accounts[a].counters[0]; }
    std::vector<PaneEntry> close() {
        std::vector<PaneEntry> closed;
        parts.rolling.begin_closing(closed);
        parts.rolling.close_members(closed, [](AccountIndex) {});
        parts.rolling.end_closing();
        return closed;
    }
    void expire(int64_t pane_amount) {
        const std::vector<PaneEntry> entries{{parts.accounts.id(a), counter().slot, pane_amount}};
        parts.rolling.expire(kDayPanes, entries, parts.registry.by_id(), [](AccountIndex) {});
    }
};

TEST_F(Rolling, AClosedPaneIsTheNextSample) {
    parts.rolling.open_at(kPane0);
    parts.rolling.charge(a, 0, kPane0, 5);
    parts.rolling.charge(a, 0, kPane0, 6);
    EXPECT_EQ(counter().live, 11);
    EXPECT_EQ(counter().sample, 0);
    const std::vector<PaneEntry> closed = close();
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].amount, 11);
    EXPECT_EQ(counter().sample, 11);
    EXPECT_EQ(counter().emas[0].value, 11 * kEmaScale);
    EXPECT_EQ(parts.rolling.first_open_pane(), kPane0 + 1);
    EXPECT_EQ(parts.accounts.head(a).open_pane, kUnset);
}

TEST_F(Rolling, ALowerOpenPaneHasAnEntryAndAHigherOneTheRow) {
    parts.rolling.open_at(kPane0);
    parts.rolling.charge(a, 0, kPane0, 5);
    parts.rolling.charge(a, 0, kPane0 + 2, 7);
    parts.rolling.charge(a, 0, kPane0, 1);
    EXPECT_EQ(counter().live, 13);
    EXPECT_EQ(counter().in_open_pane(), 7);
    const auto entries = parts.rolling.take_open_entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.begin()->first, kPane0);
    EXPECT_EQ(entries.begin()->second.front().amount, 6);
    EXPECT_TRUE(parts.rolling.take_open_entries().empty());
    EXPECT_EQ(close().front().amount, 6);
    EXPECT_EQ(counter().sample, 6);
    EXPECT_EQ(parts.rolling.first_charged_open_pane(), kPane0 + 2);
}

TEST_F(Rolling, ALateChargeChangesTheNextSampleAlone) {
    parts.rolling.open_at(kPane0);
    parts.rolling.charge(a, 0, kPane0, 5);
    close();
    parts.rolling.charge(a, 0, kPane0, 2);
    EXPECT_EQ(counter().sample, 5);
    const auto late = parts.rolling.take_late_entries();
    ASSERT_EQ(late.size(), 1U);
    EXPECT_EQ(late.begin()->second.front().amount, 2);
    close();
    EXPECT_EQ(counter().sample, 7);
}

TEST_F(Rolling, ALateChargeBeforeTheWindowIsNotCounted) {
    parts.rolling.open_at(kPane0 + kDayPanes);
    parts.rolling.charge(a, 0, kPane0, 5);
    EXPECT_EQ(counter().live, 0);
    parts.rolling.charge(a, 0, kPane0 + 1, 5);
    EXPECT_EQ(counter().live, 5);
}

TEST_F(Rolling, WhatExpiresLeavesTheWindowAndTheNextSample) {
    parts.rolling.open_at(kPane0);
    parts.rolling.charge(a, 0, kPane0, 5);
    close();
    expire(5);
    EXPECT_EQ(counter().live, 0);
    EXPECT_TRUE(parts.rolling.has_changed_samples());
    close();
    EXPECT_EQ(counter().sample, 0);
}

TEST_F(Rolling, AnAccountIsToldOfBeforeItsTotalRises) {
    parts.rolling.open_at(kPane0);
    std::vector<AccountIndex> rising;
    for (const Int128 amount : {Int128{-3}, Int128{3}}) {
        const std::vector<PaneEntry> entries{{parts.accounts.id(a), counter().slot, amount}};
        parts.rolling.expire(kDayPanes, entries, parts.registry.by_id(), [&](AccountIndex index) {
            EXPECT_EQ(counter().live, 0);
            rising.push_back(index);
        });
    }
    EXPECT_EQ(rising, std::vector<AccountIndex>{a});
}

TEST_F(Rolling, EmasTakeTheStepsThatTheyMissed) {
    parts.rolling.open_at(kPane0);
    parts.rolling.charge(a, 0, kPane0, 1000);
    close();
    expire(1000);
    close();  // the sample is 0: E = 900
    EXPECT_EQ(counter().emas[0].value, 900 * kEmaScale);
    parts.rolling.open_at(kPane0 + 4);
    parts.rolling.bring_emas_to_now(a);
    EXPECT_EQ(counter().emas[0].value, 729 * kEmaScale);
}

TEST_F(Rolling, AnAccountIsEmptyWhenItsLastPaneHasLeftItsWindow) {
    parts.rolling.open_at(kPane0);
    EXPECT_EQ(parts.rolling.empty_from(a), kPane0);
    parts.rolling.charge(a, 0, kPane0, 1);
    EXPECT_EQ(parts.rolling.empty_from(a), kPane0 + kDayPanes);
}

}  // namespace
}  // namespace spantoll::window
