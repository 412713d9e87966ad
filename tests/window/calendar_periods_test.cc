#include "window/calendar_periods.h"

#include <limits>

#include <gtest/gtest.h>

#include "tests/window/parts.h"

namespace spantoll::window {
namespace {

constexpr int64_t kDayPanes = kDayMs / kMinuteMs;
constexpr uint32_t kDay = 0;  // indexes of the windows of Parts
constexpr uint32_t kMonth = 1;
const Meter kUsd{MeterKind::kUsd, {}};

TEST(CalendarPeriods, AChargeIsInThePeriodOfEveryWindow) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    parts.charge(a, charge_at(kTime0 + 5, 3));
    parts.charge(a, charge_at(kTime0 + kDayMs, 4));
    const auto total = [&](uint32_t window, int64_t start_ms) {
        return parts.calendar.total(a, window, start_ms, kUsd, parts.meters);
    };
    EXPECT_EQ(total(kDay, kTime0), 3);
    EXPECT_EQ(total(kDay, kTime0 + kDayMs), 4);
    EXPECT_EQ(total(kMonth, kTime0), 7);
    EXPECT_EQ(total(kDay, kTime0 + 2 * kDayMs), 0);
}

TEST(CalendarPeriods, APeriodEndsWhenTheFirstOpenPaneReachesItsEnd) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    parts.charge(a, charge_at(kTime0, 3));
    EXPECT_EQ(parts.calendar.next_end_pane(), kPane0 + kDayPanes - 1);
    EXPECT_TRUE(parts.calendar.ended(kPane0 + kDayPanes - 1).empty());
    const std::vector<EndedPeriod> ended = parts.calendar.ended(kPane0 + kDayPanes);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].window, kDay);
    EXPECT_EQ(ended[0].accounts, std::vector<AccountIndex>{a});
    parts.calendar.forget(ended);
    EXPECT_EQ(parts.accounts[a].periods.size(), 1U);  // the month
    const std::vector<PeriodChange> changes = parts.calendar.take_ended_totals();
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].account, "service:a");
    EXPECT_EQ(changes[0].totals.cost.pico(), 3);
    EXPECT_TRUE(parts.calendar.take_ended_totals().empty());
}

TEST(CalendarPeriods, WhatIsChargedToAnEndedPeriodIsMerged) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    parts.rolling.open_at(kPane0 + kDayPanes);
    parts.charge(a, charge_at(kTime0, 3));
    parts.charge(a, charge_at(kTime0 + 1, 4));
    EXPECT_EQ(parts.calendar.total(a, kDay, kTime0, kUsd, parts.meters), 0);
    EXPECT_EQ(parts.calendar.total(a, kMonth, kTime0, kUsd, parts.meters), 7);
    const std::vector<PeriodChange> merges = parts.calendar.take_merges();
    ASSERT_EQ(merges.size(), 1U);
    EXPECT_EQ(merges[0].totals.cost.pico(), 7);
    EXPECT_EQ(merges[0].totals.request_count, 2U);
    EXPECT_EQ(merges[0].period.start_ms, kTime0);
}

TEST(CalendarPeriods, AfterItsRetentionAPeriodIsNotChargedAnyMore) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    parts.rolling.open_at(kPane0 + 91 * kDayPanes);
    parts.charge(a, charge_at(kTime0, 3));
    for (const PeriodChange& merge : parts.calendar.take_merges()) {
        EXPECT_EQ(merge.period.window.kind, WindowKind::kMonth);
    }
}

TEST(CalendarPeriods, WhoGivesWayHandsItsTotalsOver) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    const AccountIndex other = parts.account("service:~other");
    parts.charge(a, charge_at(kTime0, 3));
    parts.charge(other, charge_at(kTime0, 4));
    parts.calendar.hand_over(a, other);
    EXPECT_TRUE(parts.accounts[a].periods.empty());
    EXPECT_EQ(parts.calendar.total(other, kMonth, kTime0, kUsd, parts.meters), 7);
    const std::vector<EndedPeriod> ended = parts.calendar.ended(kPane0 + kDayPanes);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].accounts, std::vector<AccountIndex>{other});
    EXPECT_TRUE(parts.calendar.take_given_up().empty());  // no row was written
}

TEST(CalendarPeriods, OfShortLivedAccountsConfiguredOnesAreMergedWhileTheyAreOpen) {
    Parts parts;
    const AccountIndex a = parts.account("session:a");
    parts.charge(a, charge_at(kTime0, 3));  // also while W is unset
    parts.rolling.open_at(kPane0);
    parts.charge(a, charge_at(kTime0 + 1, 4));
    EXPECT_TRUE(parts.accounts[a].periods.empty());
    EXPECT_EQ(parts.calendar.next_end_pane(), std::numeric_limits<int64_t>::max());
    const std::vector<PeriodChange> merges = parts.calendar.take_merges();
    ASSERT_EQ(merges.size(), 2U);
    for (const PeriodChange& merge : merges) {
        EXPECT_EQ(merge.account, "session:a");
        EXPECT_EQ(merge.totals.cost.pico(), 7);
        EXPECT_EQ(merge.totals.request_count, 2U);
    }
    EXPECT_TRUE(parts.accounts[a].rows.is_dirty) << "the journal has nothing of it";
}

TEST(CalendarPeriods, PanesOfTheSamePeriodsAreAlike) {
    Parts parts;
    EXPECT_EQ(parts.calendar.first_alike(kPane0), kPane0);
    EXPECT_EQ(parts.calendar.first_alike(kPane0 + kDayPanes - 1), kPane0);
    EXPECT_EQ(parts.calendar.first_alike(kPane0 + kDayPanes), kPane0 + kDayPanes);
    EXPECT_EQ(parts.calendar.first_alike(kPane0 + 5), kPane0);
}

constexpr uint32_t kLimits = 2;  // the window of a limit, behind day and month

TEST(CalendarPeriods, EachAccountHasALatticeFromItsFirstCharge) {
    Parts parts(
        {limit_of("service", MeterKind::kUsd, 100, {WindowKind::kEvery, 60, kAnchorFirst})});
    const AccountIndex a = parts.account("service:a");
    const AccountIndex b = parts.account("service:b");
    const PeriodBounds before = parts.calendar.bounds_of(a, kLimits, kTime0 + 3);
    EXPECT_EQ(before.start_ms, kTime0 + 3) << "it has not begun, and asking does not begin it";
    parts.charge(a, charge_at(kTime0 + 7, 3));
    parts.charge(b, charge_at(kTime0 + 250, 4));
    parts.charge(a, charge_at(kTime0 + 6, 1));
    EXPECT_EQ(parts.calendar.bounds_of(a, kLimits, kTime0 + 8).start_ms, kTime0 + 7);
    EXPECT_EQ(parts.calendar.bounds_of(a, kLimits, kTime0 + 6).start_ms, kTime0 + 7 - kHourMs);
    EXPECT_EQ(parts.calendar.bounds_of(b, kLimits, kTime0 + 8).end_ms, kTime0 + 250);
    EXPECT_EQ(parts.calendar.total(a, kLimits, kTime0 + 7, kUsd, parts.meters), 3);
    EXPECT_EQ(parts.calendar.total(a, kLimits, kTime0 + 7 - kHourMs, kUsd, parts.meters), 1);
    const std::vector<AccountAnchors::Change> begun = parts.anchors.take_changes();
    ASSERT_EQ(begun.size(), 2U);
    EXPECT_EQ(begun[0].account, "service:a");
    EXPECT_EQ(begun[0].anchor_ms, kTime0 + 7);
    parts.anchors.forget(a);
    const std::vector<AccountAnchors::Change> gone = parts.anchors.take_changes();
    ASSERT_EQ(gone.size(), 1U);
    EXPECT_EQ(gone[0].anchor_ms, std::nullopt);
    EXPECT_EQ(parts.anchors.find(b, kLimits), kTime0 + 250);
}

TEST(CalendarPeriods, AWindowOffTheMinuteEndsAtTheFirstClosingPastIt) {
    WindowSpec window{WindowKind::kEvery, 60};
    window.anchor_ms = 250;
    Parts parts({limit_of("service", MeterKind::kUsd, 100, window)});
    const AccountIndex a = parts.account("service:a");
    parts.charge(a, charge_at(kTime0 + 250, 3));  // ends within pane 60, whose end is in minute 61
    EXPECT_EQ(parts.calendar.next_end_pane(), kPane0 + 60);
    EXPECT_TRUE(parts.calendar.ended(kPane0 + 60).empty());
    EXPECT_EQ(parts.calendar.ended(kPane0 + 61).size(), 1U);
}

TEST(CalendarPeriods, ALifetimeNeverEnds) {
    Parts parts({limit_of("service", MeterKind::kUsd, 100, {WindowKind::kLifetime})}, {}, {});
    const AccountIndex a = parts.account("service:a");
    parts.charge(a, charge_at(kTime0, 3));
    parts.charge(a, charge_at(kTime0 + 9'000 * kDayMs, 4));
    EXPECT_EQ(parts.calendar.total(a, 0, 0, kUsd, parts.meters), 7);
    EXPECT_TRUE(parts.calendar.ended(kPane0 + 1'000'000'000).empty());
    EXPECT_GT(parts.calendar.next_end_pane(), kPane0 + 1'000'000'000);
    EXPECT_FALSE(CalendarPeriods::is_ended(parts.calendar.bounds_of(a, 0, kTime0), kPane0));
}

TEST(CalendarPeriods, WhatNoLimitCountsAnyMoreIsRemoved) {
    Parts parts;
    const AccountIndex a = parts.account("service:a");
    const Period hour{{WindowKind::kHour}, kTime0, false, 3};
    parts.calendar.restore(a, hour, PeriodTotals{});
    EXPECT_TRUE(parts.accounts[a].periods.empty());
    const auto given_up = parts.calendar.take_given_up();
    ASSERT_EQ(given_up.size(), 1U);
    EXPECT_EQ(given_up[0].period, hour);
}

}  // namespace
}  // namespace spantoll::window
