#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace spantoll {

inline constexpr int64_t kMinuteMs = 60'000;
inline constexpr int64_t kHourMs = 60 * kMinuteMs;
inline constexpr int64_t kDayMs = 24 * kHourMs;

// Largest whole number not above numerator / denominator; denominator > 0.
constexpr int64_t floor_divide(int64_t numerator, int64_t denominator) {
    const int64_t quotient = numerator / denominator;
    return quotient - (numerator % denominator < 0 ? 1 : 0);
}

// A moment in event time: Unix epoch milliseconds, UTC, taken from spans. It has no now().
struct EventTime {
    int64_t ms = 0;
    constexpr auto operator<=>(const EventTime&) const = default;
};

// A moment of the wall clock in Unix epoch milliseconds. It can be set, so it is for what is shown
// and compared with spans: append times, `future`, rows. Never for windows, never for pauses.
struct WallTime {
    int64_t ms = 0;
    constexpr auto operator<=>(const WallTime&) const = default;
};

// Milliseconds since some moment before the process began. It never jumps, so it is for everything
// that waits: pauses, intervals, how long something took.
struct SteadyTime {
    int64_t ms = 0;
    constexpr auto operator<=>(const SteadyTime&) const = default;
    constexpr int64_t since(SteadyTime earlier) const { return ms - earlier.ms; }
};

// One minute of event time, counted from the epoch: pane m covers [m, m+1) * 60,000 ms.
struct Pane {
    int64_t index = 0;
    constexpr auto operator<=>(const Pane&) const = default;
    constexpr int64_t start_ms() const { return index * kMinuteMs; }
    constexpr int64_t end_ms() const { return (index + 1) * kMinuteMs; }
};

constexpr Pane pane_of(EventTime time) {
    return Pane{floor_divide(time.ms, kMinuteMs)};
}

// "Not set yet", below every real value.
inline constexpr int64_t kUnset = std::numeric_limits<int64_t>::min();

}  // namespace spantoll
