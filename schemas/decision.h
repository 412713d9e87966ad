#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/int128.h"
#include "schemas/limit.h"
#include "schemas/span.h"

namespace spantoll {

enum class Reason : uint8_t {
    kTotalReached,
    kTotalRenewed,
    kTotalFell,
    kPeriodEnded,
    kEmaAbove,
    kEmaRenewed,
    kEmaCleared,
    kTtlExpired,
    kLimitChanged,
};

inline constexpr std::array<std::string_view, 9> kReasonNames{"total_reached",
                                                              "total_renewed",
                                                              "total_fell",
                                                              "period_ended",
                                                              "ema_above",
                                                              "ema_renewed",
                                                              "ema_cleared",
                                                              "ttl_expired",
                                                              "limit_changed"};

constexpr std::string_view name_of(Reason reason) {
    return kReasonNames[static_cast<size_t>(reason)];
}

// The span that made a decision necessary.
struct Cause {
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
    uint32_t index = 0;  // of the span in its record
    TraceId trace_id;    // zero = unknown
    bool operator==(const Cause&) const = default;
};

// One change, or renewal, of the level of (limit, account). docs/semantics.md#decisions.
struct Decision {
    uint64_t number = 0;  // from 1, per limit and account
    int64_t effective_ms = 0;
    std::string account;
    std::string limit;
    Action action = Action::kNone;  // kNone = release
    Action previous = Action::kNone;
    Reason reason = Reason::kTotalReached;
    Meter meter;
    WindowSpec window;
    std::optional<int64_t> window_start_ms;  // empty for rolling windows
    Int128 observed = 0;  // pico-USD for usd, else the meter's unit; EMA: the integer part
    Int128 amount = 0;
    std::optional<int64_t> valid_until_ms;  // empty for a rolling warn and for release
    std::optional<Cause> cause;             // empty at a closing
    bool shadow = false;
    std::string owner{};  // of the account's virtual key; empty = none
    bool operator==(const Decision&) const = default;
};

// Lower-case hex of XXH3-128 over limit, account, effective_ms and number (decimal), joined by a
// zero byte.
std::string decision_id(const Decision& decision);

}  // namespace spantoll
