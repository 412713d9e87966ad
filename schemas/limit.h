#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/event_time.h"
#include "schemas/int128.h"
#include "schemas/meter.h"
#include "schemas/window_spec.h"

namespace spantoll {

// What holds for an account. Also `previous` and `action` of a decision, where kNone is "none" as
// the level and "release" as the action.
enum class Action : uint8_t { kNone, kWarn, kThrottle, kBlock, kQuarantine };

inline constexpr std::array<std::string_view, 5> kActionNames{
    "none", "warn", "throttle", "block", "quarantine"};

constexpr std::string_view name_of(Action action) {
    return kActionNames[static_cast<size_t>(action)];
}

constexpr std::optional<Action> parse_action(std::string_view name) {
    for (size_t i = 1; i < kActionNames.size(); ++i) {
        if (kActionNames[i] == name) {
            return static_cast<Action>(i);
        }
    }
    return std::nullopt;
}

// At `percent` of the amount, `action` follows.
struct Step {
    int32_t percent = 100;
    Action action = Action::kBlock;
    auto operator<=>(const Step&) const = default;
};

enum class Judge : uint8_t { kTotal, kEma };

// alpha = numerator / denominator, 1 <= numerator <= denominator <= 100.
struct Alpha {
    int32_t numerator = 1;
    int32_t denominator = 10;
    auto operator<=>(const Alpha&) const = default;
};

enum class Selection : uint8_t { kAccount, kKind, kAll };

// What a check says of a name beyond max_per_kind, which no limit on its kind will hold for.
enum class OnOverflow : uint8_t { kAllow, kRefuse };

inline constexpr std::array<std::string_view, 2> kOnOverflowNames{"allow", "refuse"};

constexpr std::string_view name_of(OnOverflow on_overflow) {
    return kOnOverflowNames[static_cast<size_t>(on_overflow)];
}

// The one concept behind budgets, rate limits and tiers.
struct Limit {
    std::string name;  // [A-Za-z0-9._-]+
    Selection selection = Selection::kKind;
    std::string account;  // kAccount: as written in keys
    std::string kind;     // kKind
    Meter meter;
    Int128 amount = 0;  // pico-USD for usd, else the meter's own unit; >= 0
    WindowSpec window;
    Judge judge = Judge::kTotal;
    std::vector<Step> steps;            // kTotal: percents strictly ascending, at least one
    int32_t hysteresis = 5;             // kTotal: points of percent
    Alpha alpha;                        // kEma
    int32_t consecutive = 3;            // kEma
    Action action = Action::kThrottle;  // kEma
    int64_t ttl_ms = kHourMs;           // rolling windows
    bool shadow = false;
    OnOverflow on_overflow = OnOverflow::kAllow;
    bool operator==(const Limit&) const = default;
};

inline constexpr size_t kLimitsMax = 256;
inline constexpr size_t kStepsMax = 8;
// 1e12 USD, or 1e24 units: 100 * total and 1e6 * EMA * 100 stay far within 127 bits.
inline constexpr Int128 kAmountMax = Int128{1'000'000'000'000} * 1'000'000'000'000;

}  // namespace spantoll
