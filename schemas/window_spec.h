#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/event_time.h"
#include "schemas/zone.h"

namespace spantoll {

enum class WindowKind : uint8_t {
    kRolling,  // the last `minutes` minutes
    kHour,
    kDay,
    kWeek,
    kMonth,
    kQuarter,
    kYear,
    kEvery,     // a lattice of `minutes` minutes
    kLifetime,  // one window without an end
};

// WindowSpec::anchor_ms of a lattice that begins, for each account, with its first charge.
inline constexpr int64_t kAnchorFirst = kUnset;

// Over which time something is counted. A member that says nothing of its kind of window has its
// default, so that equal windows are equal values.
struct WindowSpec {
    WindowKind kind = WindowKind::kRolling;
    int64_t minutes = 0;     // kRolling and kEvery
    int64_t anchor_ms = 0;   // kEvery: a window begins there; or kAnchorFirst
    Zone zone{};             // kHour to kYear
    uint8_t week_start = 1;  // kWeek: its first day, 1 = Monday (as in ISO 8601) to 7 = Sunday
    uint8_t year_start = 1;  // kQuarter, kYear: the month that the year begins with
    uint8_t month_day = 1;   // kMonth: the day that it begins with, up to 28
    auto operator<=>(const WindowSpec&) const = default;

    bool is_rolling() const { return kind == WindowKind::kRolling; }
    bool is_civil() const { return kind >= WindowKind::kHour && kind <= WindowKind::kYear; }
    bool is_lifetime() const { return kind == WindowKind::kLifetime; }
    // Whether its windows begin and end, as those of the calendar and of lattices do.
    bool has_end() const { return !is_rolling() && !is_lifetime(); }
    // Whether each account has a lattice of its own.
    bool is_per_account() const { return kind == WindowKind::kEvery && anchor_ms == kAnchorFirst; }
    // Whether a window may begin within a pane.
    bool is_off_minute() const {
        return kind == WindowKind::kEvery && (is_per_account() || anchor_ms % kMinuteMs != 0);
    }
};

// The longest window: ten years of minutes.
inline constexpr int64_t kWindowMinutesMax = 10LL * 366 * 24 * 60;
inline constexpr int kMonthDayMax = 28;

inline constexpr std::array<std::string_view, 7> kWeekdayNames{
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
inline constexpr std::array<std::string_view, 12> kMonthNames{"january",
                                                              "february",
                                                              "march",
                                                              "april",
                                                              "may",
                                                              "june",
                                                              "july",
                                                              "august",
                                                              "september",
                                                              "october",
                                                              "november",
                                                              "december"};

// Canonical text; what is as usual is left out (UTC, weeks from Monday, years from January):
//
//     rolling 24h   rolling 90m   lifetime
//     day   day Europe/Berlin   week from sunday   week Europe/Berlin from sunday
//     month from day 15   quarter from april   year Asia/Tokyo from april
//     every 5h   every 5h from 2026-11-01T08:00:00Z   every 5h from first
std::string to_text(const WindowSpec& window);

// Whole hours as "2h", anything else in minutes as "90m".
std::string window_length_text(int64_t minutes);

// Reads what to_text writes, and lengths such as "rolling 2d". Empty where it is no window.
std::optional<WindowSpec> parse_window(std::string_view text);

// A moment that a lattice may begin at: as parse_rfc3339, of any year from 1 on.
std::optional<int64_t> parse_anchor(std::string_view text);

// "hour" ... "year". Empty for anything else.
std::optional<WindowKind> parse_period_name(std::string_view text);

// "250ms", "10s", "5m", "24h", "35d" in milliseconds. Empty where it is no duration or over 10^15
// ms.
std::optional<int64_t> parse_duration_ms(std::string_view text);

// The shortest exact text that parse_duration_ms reads back: "10s", "24h", "35d".
std::string duration_text(int64_t ms);

}  // namespace spantoll
