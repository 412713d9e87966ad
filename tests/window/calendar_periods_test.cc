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

}  // namespace
}  // namespace spantoll::window
