#include "window/calendar.h"

#include <chrono>

#include <fmt/format.h>

#include "schemas/check.h"
#include "schemas/rfc3339.h"

namespace spantoll::window {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr int64_t kMonths = 12;
constexpr int64_t kWeekMs = 7 * kDayMs;
// 1970-01-01 was a Thursday, so Mondays are 4 days off the multiples of seven days.
constexpr int64_t kFirstMondayMs = 4 * kDayMs;

int64_t to_ms(sys_days day) {
    return static_cast<int64_t>(day.time_since_epoch().count()) * kDayMs;
}

sys_days day_of(int64_t ms) {
    return sys_days{days{static_cast<int>(floor_divide(ms, kDayMs))}};
}

// Whole months from January of year 0 to the date.
int64_t month_number(const year_month_day& date) {
    return int64_t{static_cast<int>(date.year())} * kMonths + static_cast<unsigned>(date.month()) -
           1;
}

int64_t month_start_ms(int64_t number, unsigned day) {
    const int64_t the_year = floor_divide(number, kMonths);
    const auto the_month = static_cast<unsigned>(number - the_year * kMonths + 1);
    return to_ms(sys_days{year{static_cast<int>(the_year)} / std::chrono::month{the_month} /
                          std::chrono::day{day}});
}

int64_t lattice_start_ms(int64_t ms, int64_t length_ms, int64_t anchor_ms) {
    return anchor_ms + floor_divide(ms - anchor_ms, length_ms) * length_ms;
}

int64_t months_of(WindowKind kind) {
    return kind == WindowKind::kMonth ? 1 : kind == WindowKind::kQuarter ? 3 : kMonths;
}

// ---- civil time, in which every day has 24 hours

// The nominal start of the period that a civil time lies in.
int64_t nominal_start_ms(const WindowSpec& window, int64_t civil_ms) {
    switch (window.kind) {
        case WindowKind::kHour:
            return lattice_start_ms(civil_ms, kHourMs, 0);
        case WindowKind::kDay:
            return lattice_start_ms(civil_ms, kDayMs, 0);
        case WindowKind::kWeek:
            return lattice_start_ms(
                civil_ms, kWeekMs, kFirstMondayMs + (window.week_start - 1) * kDayMs);
        default:
            break;
    }
    CHECK(window.is_civil(), "only these have a nominal start");
    const year_month_day date{day_of(civil_ms)};
    const bool is_before_its_day = static_cast<unsigned>(date.day()) < window.month_day;
    const int64_t month = month_number(date) - (is_before_its_day ? 1 : 0);
    const int64_t first = window.year_start - 1;
    return month_start_ms(lattice_start_ms(month, months_of(window.kind), first), window.month_day);
}

int64_t next_nominal_ms(const WindowSpec& window, int64_t nominal_ms) {
    switch (window.kind) {
        case WindowKind::kHour:
            return nominal_ms + kHourMs;
        case WindowKind::kDay:
            return nominal_ms + kDayMs;
        case WindowKind::kWeek:
            return nominal_ms + kWeekMs;
        default:
            break;
    }
    const int64_t month = month_number(year_month_day{day_of(nominal_ms)});
    return month_start_ms(month + months_of(window.kind), window.month_day);
}

// ---- instants

struct Bounds {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
};

// The nominal start before a time's civil time is past; but where clocks were set back over it, the
// next one may be past too, as it came before they were.
Bounds civil_bounds(const WindowSpec& window, int64_t time_ms) {
    const Zone& zone = window.zone;
    int64_t nominal_ms = nominal_start_ms(window, zone.civil_ms(time_ms));
    Bounds bounds;
    bounds.start_ms = zone.first_at_or_past(nominal_ms);
    while (true) {
        nominal_ms = next_nominal_ms(window, nominal_ms);
        bounds.end_ms = zone.first_at_or_past(nominal_ms);
        if (bounds.end_ms > time_ms) {
            return bounds;
        }
        bounds.start_ms = bounds.end_ms;
    }
}

std::string date_text(int64_t civil_ms) {
    const year_month_day date{day_of(civil_ms)};
    return fmt::format("{:04}-{:02}-{:02}",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

// The ISO year is that of the week's Thursday; week 1 holds the year's first Thursday.
std::string iso_week_text(int64_t civil_ms) {
    const sys_days thursday = day_of(civil_ms) + days{3};
    const int iso_year = static_cast<int>(year_month_day{thursday}.year());
    const int64_t day = (to_ms(thursday) - month_start_ms(iso_year * kMonths, 1)) / kDayMs;
    return fmt::format("{:04}-W{:02}", iso_year, day / 7 + 1);
}

// The seconds are left out where there are none.
std::string lattice_text(const Period& period) {
    std::string start = rfc3339(period.start_ms);
    const size_t minutes = start.find(':') + 3;
    if (period.start_ms % kMinuteMs == 0) {
        start = start.substr(0, minutes) + "Z";
    }
    return start + "/" + window_length_text(period.window.minutes);
}

// Of a window that begins as the calendar does.
std::string usual_label(const WindowSpec& window, int64_t civil_ms) {
    const std::string date = date_text(civil_ms);
    const std::string the_year = date.substr(0, 4);
    switch (window.kind) {
        case WindowKind::kHour:
            return fmt::format("{}T{:02}", date, (civil_ms - to_ms(day_of(civil_ms))) / kHourMs);
        case WindowKind::kDay:
            return date;
        case WindowKind::kWeek:
            return iso_week_text(civil_ms);
        case WindowKind::kMonth:
            return date.substr(0, 7);
        case WindowKind::kQuarter:
            return fmt::format(
                "{}-Q{}", the_year, month_number(year_month_day{day_of(civil_ms)}) % 12 / 3 + 1);
        default:
            return the_year;
    }
}

}  // namespace

Period period_of(const WindowSpec& window, EventTime time) {
    CHECK(!window.is_rolling(), "a rolling window has no periods");
    if (window.is_lifetime()) {
        return {window, 0};
    }
    if (window.kind == WindowKind::kEvery) {
        CHECK(!window.is_per_account(), "an account's lattice begins with its first charge");
        return {window, lattice_start_ms(time.ms, window.minutes * kMinuteMs, window.anchor_ms)};
    }
    return {window, civil_bounds(window, time.ms).start_ms};
}

int64_t period_end_ms(const Period& period) {
    const WindowSpec& window = period.window;
    CHECK(!window.is_rolling(), "a rolling window has no periods");
    if (window.is_lifetime()) {
        return kNeverMs;
    }
    if (window.kind == WindowKind::kEvery) {
        return period.start_ms + window.minutes * kMinuteMs;
    }
    return civil_bounds(window, period.start_ms).end_ms;
}

WindowSpec anchored_at(const WindowSpec& window, int64_t anchor_ms) {
    WindowSpec anchored = window;
    anchored.anchor_ms = anchor_ms;
    return anchored;
}

std::string period_label(const Period& period) {
    const WindowSpec& window = period.window;
    if (window.is_lifetime()) {
        return to_text(window);
    }
    if (window.kind == WindowKind::kEvery) {
        return lattice_text(period);
    }
    const int64_t civil_ms = nominal_start_ms(window, window.zone.civil_ms(period.start_ms));
    if (window.week_start == 1 && window.year_start == 1 && window.month_day == 1) {
        return usual_label(window, civil_ms);
    }
    return date_text(civil_ms) + "/" + to_text(WindowSpec{window.kind});
}

}  // namespace spantoll::window
