#include "window/calendar.h"

#include <chrono>

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

int64_t ms_of(int the_year, unsigned month, unsigned day) {
    const sys_days date{year{the_year} / std::chrono::month{month} / std::chrono::day{day}};
    return static_cast<int64_t>(date.time_since_epoch().count()) * kDayMs;
}

std::string label_at(WindowKind kind, int64_t ms) {
    return period_label(period_of({kind, 0}, EventTime{ms}));
}

TEST(Period, LabelsTheLeapDay) {
    const int64_t noon = ms_of(2024, 2, 29) + 12 * kHourMs;
    EXPECT_EQ(label_at(WindowKind::kHour, noon), "2024-02-29T12");
    EXPECT_EQ(label_at(WindowKind::kDay, noon), "2024-02-29");
    EXPECT_EQ(label_at(WindowKind::kMonth, noon), "2024-02");
    EXPECT_EQ(label_at(WindowKind::kQuarter, noon), "2024-Q1");
    EXPECT_EQ(label_at(WindowKind::kYear, noon), "2024");
    EXPECT_EQ(period_end_ms(period_of({WindowKind::kMonth, 0}, EventTime{noon})),
              ms_of(2024, 3, 1));
}

TEST(Period, OfIsoWeekFollowsItsThursday) {
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2026, 12, 27)), "2026-W52");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2026, 12, 28)), "2026-W53");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2027, 1, 3)), "2026-W53");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2027, 1, 4)), "2027-W01");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2024, 12, 30)), "2025-W01");
    EXPECT_EQ(label_at(WindowKind::kWeek, ms_of(2021, 1, 3)), "2020-W53");
}

TEST(Period, HoldsItsFirstMillisecondAndNotItsEnd) {
    for (const WindowKind kind : {WindowKind::kHour,
                                  WindowKind::kDay,
                                  WindowKind::kWeek,
                                  WindowKind::kMonth,
                                  WindowKind::kQuarter,
                                  WindowKind::kYear}) {
        for (int64_t ms = ms_of(2023, 12, 1); ms < ms_of(2025, 2, 1); ms += 13 * kHourMs + 1) {
            const Period period = period_of({kind, 0}, EventTime{ms});
            const int64_t end_ms = period_end_ms(period);
            ASSERT_LE(period.start_ms, ms);
            ASSERT_GT(end_ms, ms);
            ASSERT_EQ(period_of({kind, 0}, EventTime{period.start_ms}), period);
            ASSERT_EQ(period_of({kind, 0}, EventTime{end_ms - 1}), period);
            ASSERT_EQ(period_of({kind, 0}, EventTime{end_ms}).start_ms, end_ms);
        }
    }
}

TEST(Period, OfALatticeCountsFromTheEpoch) {
    const WindowSpec five_hours{WindowKind::kEvery, 5 * 60};
    const Period period = period_of(five_hours, EventTime{ms_of(2026, 3, 1)});
    EXPECT_EQ(period.start_ms % (5 * kHourMs), 0);
    EXPECT_EQ(period.start_ms, ms_of(2026, 2, 28) + 22 * kHourMs);
    EXPECT_EQ(period_end_ms(period), ms_of(2026, 3, 1) + 3 * kHourMs);
    EXPECT_EQ(period_label(period), "2026-02-28T22:00Z/5h");
}

TEST(Period, YearEndsAtTheTurn) {
    EXPECT_EQ(label_at(WindowKind::kQuarter, ms_of(2027, 1, 1) - 1), "2026-Q4");
    EXPECT_EQ(label_at(WindowKind::kQuarter, ms_of(2027, 1, 1)), "2027-Q1");
    EXPECT_EQ(period_end_ms(period_of({WindowKind::kQuarter, 0}, EventTime{ms_of(2026, 12, 31)})),
              ms_of(2027, 1, 1));
}

}  // namespace
}  // namespace spantoll::window
