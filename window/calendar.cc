#include "window/calendar.h"

#include <chrono>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::window {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

int64_t to_ms(sys_days day) {
    return static_cast<int64_t>(day.time_since_epoch().count()) * kDayMs;
}

sys_days day_of(int64_t ms) {
    return sys_days{days{static_cast<int>(floor_divide(ms, kDayMs))}};
}

int64_t first_of(int the_year, unsigned the_month) {
    return to_ms(sys_days{year{the_year} / std::chrono::month{the_month} / 1});
}

// 1970-01-01 was a Thursday, so Mondays are 4 days off the multiples of seven days.
constexpr int64_t kFirstMondayMs = 4 * kDayMs;
constexpr int64_t kWeekMs = 7 * kDayMs;

}  // namespace

Period period_of(const WindowSpec& window, EventTime time) {
    const year_month_day date{day_of(time.ms)};
    const int the_year = static_cast<int>(date.year());
    const auto the_month = static_cast<unsigned>(date.month());
    const auto lattice = [&](int64_t length, int64_t anchor) {
        return anchor + floor_divide(time.ms - anchor, length) * length;
    };
    switch (window.kind) {
        case WindowKind::kHour:
            return {window, lattice(kHourMs, 0)};
        case WindowKind::kDay:
            return {window, lattice(kDayMs, 0)};
        case WindowKind::kWeek:
            return {window, lattice(kWeekMs, kFirstMondayMs)};
        case WindowKind::kMonth:
            return {window, first_of(the_year, the_month)};
        case WindowKind::kQuarter:
            return {window, first_of(the_year, (the_month - 1) / 3 * 3 + 1)};
        case WindowKind::kYear:
            return {window, first_of(the_year, 1)};
        case WindowKind::kEvery:
            return {window, lattice(window.minutes * kMinuteMs, 0)};
        case WindowKind::kRolling:
            break;
    }
    CHECK(false, "a rolling window has no periods");
}

int64_t period_end_ms(const Period& period) {
    const year_month_day date{day_of(period.start_ms)};
    const int the_year = static_cast<int>(date.year());
    const auto the_month = static_cast<unsigned>(date.month());
    const auto months_later = [&](unsigned months) {
        const unsigned month = the_month - 1 + months;
        return first_of(the_year + static_cast<int>(month / 12), month % 12 + 1);
    };
    switch (period.window.kind) {
        case WindowKind::kHour:
            return period.start_ms + kHourMs;
        case WindowKind::kDay:
            return period.start_ms + kDayMs;
        case WindowKind::kWeek:
            return period.start_ms + kWeekMs;
        case WindowKind::kMonth:
            return months_later(1);
        case WindowKind::kQuarter:
            return months_later(3);
        case WindowKind::kYear:
            return months_later(12);
        case WindowKind::kEvery:
            return period.start_ms + period.window.minutes * kMinuteMs;
        case WindowKind::kRolling:
            break;
    }
    CHECK(false, "a rolling window has no periods");
}

std::string period_label(const Period& period) {
    const year_month_day date{day_of(period.start_ms)};
    const int the_year = static_cast<int>(date.year());
    const auto the_month = static_cast<unsigned>(date.month());
    const auto the_day = static_cast<unsigned>(date.day());
    const int64_t minute = floor_divide(period.start_ms, kMinuteMs) % (kDayMs / kMinuteMs);
    switch (period.window.kind) {
        case WindowKind::kHour:
            return fmt::format(
                "{:04}-{:02}-{:02}T{:02}", the_year, the_month, the_day, minute / 60);
        case WindowKind::kDay:
            return fmt::format("{:04}-{:02}-{:02}", the_year, the_month, the_day);
        case WindowKind::kWeek: {
            // The ISO year is that of the week's Thursday; week 1 holds the year's first Thursday.
            const sys_days thursday = day_of(period.start_ms) + days{3};
            const int iso_year = static_cast<int>(year_month_day{thursday}.year());
            const int64_t day = (to_ms(thursday) - first_of(iso_year, 1)) / kDayMs;
            return fmt::format("{:04}-W{:02}", iso_year, day / 7 + 1);
        }
        case WindowKind::kMonth:
            return fmt::format("{:04}-{:02}", the_year, the_month);
        case WindowKind::kQuarter:
            return fmt::format("{:04}-Q{}", the_year, (the_month - 1) / 3 + 1);
        case WindowKind::kYear:
            return fmt::format("{:04}", the_year);
        case WindowKind::kEvery:
            return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}Z/{}",
                               the_year,
                               the_month,
                               the_day,
                               minute / 60,
                               minute % 60,
                               window_length_text(period.window.minutes));
        case WindowKind::kRolling:
            break;
    }
    CHECK(false, "a rolling window has no periods");
}

}  // namespace spantoll::window
