#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/dimension.h"
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

// What is said of a limit while we are not sure of it: of a name beyond max_per_kind, which no
// limit on its kind will hold for; while the numbers lag behind; before the input was read to its
// end.
enum class Unsure : uint8_t { kAllow, kRefuse };

inline constexpr std::array<std::string_view, 2> kUnsureNames{"allow", "refuse"};

constexpr std::string_view name_of(Unsure unsure) {
    return kUnsureNames[static_cast<size_t>(unsure)];
}

// Which values of a dimension a limit holds for, as they are written in accounts.
struct ValuePattern {
    Dimension dimension = Dimension::kModel;
    std::string text;
    bool is_prefix = false;  // every value that begins with the text
    auto operator<=>(const ValuePattern&) const = default;

    bool matches(std::string_view value) const {
        return is_prefix ? value.starts_with(text) : value == text;
    }
};

// As a person writes it: a trailing '*' is a prefix, and "%2A" the sign itself.
std::string to_text(const ValuePattern& pattern);
ValuePattern parse_value_pattern(Dimension dimension, std::string_view text);

// Another amount for one account.
struct AmountOverride {
    std::string account;  // as written in keys
    Int128 amount = 0;
    auto operator<=>(const AmountOverride&) const = default;
};

// The one concept behind budgets, rate limits and tiers.
struct Limit {
    std::string name;  // [A-Za-z0-9._-]+
    Selection selection = Selection::kKind;
    std::string account;              // kAccount: as written in keys
    std::string kind;                 // kKind
    std::vector<ValuePattern> where;  // kKind: all of them must match; ascending by dimension
    Meter meter;
    bool count_failed = true;               // whether spans with status error count
    Int128 amount = 0;                      // pico-USD for usd, else the meter's own unit; >= 0
    std::vector<AmountOverride> overrides;  // kKind and kAll; ascending by account
    WindowSpec window;
    Judge judge = Judge::kTotal;
    std::vector<Step> steps;            // kTotal: percents strictly ascending, at least one
    int32_t hysteresis = 5;             // kTotal: points of percent
    Alpha alpha;                        // kEma
    int32_t consecutive = 3;            // kEma
    Action action = Action::kThrottle;  // kEma
    int64_t ttl_ms = kHourMs;           // rolling windows
    bool shadow = false;
    Unsure on_overflow = Unsure::kAllow;
    Unsure on_lag = Unsure::kAllow;
    Unsure on_cold = Unsure::kAllow;
    bool operator==(const Limit&) const = default;
};

// Null where none of them is called so.
const Limit* find_limit(const std::vector<Limit>& limits, std::string_view name);

// Whether the limit holds for an account, as written in keys. Strangers' accounts are held by a
// limit that names them, and by no other.
bool holds_for(const Limit& limit, const AccountKind& kind, std::string_view account);

// The amount that the configuration gives an account that the limit holds for.
Int128 configured_amount(const Limit& limit, std::string_view account);

// What the limit counts.
Meter counted_meter(const Limit& limit);

// Whether levels and totals of one are those of the other: name, accounts, meter, window and judge
// are equal. Amounts, steps and what follows may differ.
bool is_same_limit(const Limit& a, const Limit& b);

// The least total with 100 * total >= percent * amount.
constexpr Int128 total_at(int32_t percent, Int128 amount) {
    return (Int128{percent} * amount + 99) / 100;
}

inline constexpr size_t kLimitsMax = 256;
inline constexpr size_t kStepsMax = 8;
// Of all limits together. Each is some 100 bytes, and a plan of its own for its account.
inline constexpr size_t kOverridesMax = 100'000;
// 1e12 USD, or 1e24 units: 100 * total and 1e6 * EMA * 100 stay far within 127 bits.
inline constexpr Int128 kAmountMax = Int128{1'000'000'000'000} * 1'000'000'000'000;

}  // namespace spantoll
