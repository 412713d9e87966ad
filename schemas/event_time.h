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

// "Not set yet", below every real value.
inline constexpr int64_t kUnset = std::numeric_limits<int64_t>::min();

// A moment in event time: Unix epoch milliseconds, UTC, taken from spans. It has no now().
struct EventTime {
    int64_t ms = 0;

    constexpr EventTime() = default;
    constexpr explicit EventTime(int64_t epoch_ms) : ms(epoch_ms) {}
    constexpr auto operator<=>(const EventTime&) const = default;

    constexpr bool is_set() const { return ms != kUnset; }
    constexpr EventTime plus_ms(int64_t duration_ms) const { return EventTime(ms + duration_ms); }
};
inline constexpr EventTime kUnsetTime{kUnset};

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

    constexpr Pane() = default;
    constexpr explicit Pane(int64_t minutes_since_epoch) : index(minutes_since_epoch) {}
    constexpr auto operator<=>(const Pane&) const = default;

    constexpr bool is_set() const { return index != kUnset; }
    constexpr int64_t start_ms() const { return index * kMinuteMs; }
    constexpr int64_t end_ms() const { return (index + 1) * kMinuteMs; }
    // So many panes later, or earlier where `panes` is negative.
    constexpr Pane plus(int64_t panes) const { return Pane(index + panes); }
    constexpr Pane next() const { return plus(1); }
};
inline constexpr Pane kUnsetPane{kUnset};
// Later than every real one.
inline constexpr Pane kNeverPane{std::numeric_limits<int64_t>::max()};

constexpr Pane pane_of(EventTime time) {
    return Pane(floor_divide(time.ms, kMinuteMs));
}

}  // namespace spantoll
