#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll {

enum class WindowKind : uint8_t {
    kRolling,  // the last `minutes` minutes
    kHour,
    kDay,
    kWeek,  // ISO 8601, from Monday
    kMonth,
    kQuarter,
    kYear,
    kEvery,  // a lattice of `minutes` minutes from the epoch
};

// Over which time something is counted. Calendar windows are civil, UTC.
struct WindowSpec {
    WindowKind kind = WindowKind::kRolling;
    int64_t minutes = 0;  // kRolling and kEvery alone
    auto operator<=>(const WindowSpec&) const = default;

    bool is_rolling() const { return kind == WindowKind::kRolling; }
};

// The longest window: ten years of minutes.
inline constexpr int64_t kWindowMinutesMax = 10LL * 366 * 24 * 60;

// Canonical text: "rolling 24h", "rolling 90m", "month", "every 5h".
std::string to_text(const WindowSpec& window);

// Whole hours as "2h", anything else in minutes as "90m".
std::string window_length_text(int64_t minutes);

// Reads what to_text writes, and lengths such as "rolling 2d". Empty where it is no window.
std::optional<WindowSpec> parse_window(std::string_view text);

// "hour" ... "year". Empty for anything else.
std::optional<WindowKind> parse_period_name(std::string_view text);

// "250ms", "10s", "5m", "24h", "35d" in milliseconds. Empty where it is no duration or over 10^15
// ms.
std::optional<int64_t> parse_duration_ms(std::string_view text);

// The shortest exact text that parse_duration_ms reads back: "10s", "24h", "35d".
std::string duration_text(int64_t ms);

}  // namespace spantoll
