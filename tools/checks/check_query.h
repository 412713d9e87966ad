#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/dimension.h"
#include "schemas/limit.h"
#include "schemas/money.h"
#include "schemas/span.h"
#include "tools/checks/check_names.h"

namespace spantoll::tools {

// What the work that is asked for is expected to use. What is left out is 0.
struct CheckEstimate {
    std::optional<Money> usd;        // empty: priced from the rest
    std::optional<uint64_t> tokens;  // empty: input_tokens + output_tokens
    uint64_t requests = 0;
    uint64_t ingress_bytes = 0;
    uint64_t egress_bytes = 0;
    uint64_t duration_ms = 0;
    std::vector<Usage> usage;  // none twice
};

// May somebody spend now? Texts are as in a span, and live as long as what they were read from.
struct CheckQuery {
    std::array<std::string_view, kDimensionCount> dimensions;  // by Dimension; empty = absent
    std::string_view key_secret;  // of a virtual key, in its place; empty: none is said
    std::optional<CheckEstimate> estimate;
    bool is_verbose = false;
};

// Why a check refuses, in the order in which reasons are told.
enum class CheckReason : uint8_t {
    kKeyUnknown,   // no [[key]] is called so, and [check] unknown_keys = "refuse"
    kKeyInactive,  // by its entry, or removed
    kKeyExpired,
    kOverflow,  // a name beyond max_per_kind, and a limit with on_overflow = "refuse"
    kStale,     // numbers that lag too much, and a limit with on_lag = "refuse"
    kCold,      // the input was never read to its end, and a limit with on_cold = "refuse"
    kLimit,     // a level in force, or an estimate that would pass a step
    kThrottle,  // a level that slows down; it refuses nothing
    kNone,      // of limits that are told for another reason
};

// One limit on one account, or a virtual key.
struct CheckedOne {
    CheckReason reason = CheckReason::kNone;
    uint32_t limit = 0;  // index in the configuration; means nothing where it is about a key
    const CheckName* account = nullptr;  // null: of a secret that no key has
    Action level = Action::kNone;        // in force
    bool has_total = false;              // of a limit judged by total; of others there is no number
    Int128 used = 0;
    Int128 held = 0;
    Int128 amount = 0;                        // the effective one
    std::optional<Int128> remaining{};        // up to its lowest blocking step; empty: it has none
    std::optional<int64_t> retry_after_ms{};  // empty: not by itself

    bool refuses() const { return reason < CheckReason::kThrottle; }
};

// A name that is charged to ~other, and the limit that does not let it spend.
struct CheckedOverflow {
    const CheckName* name = nullptr;
    const CheckName* charged_to = nullptr;
    std::optional<uint32_t> limit;
};

// The answer to one check; kept for its memory. Pointers are valid while CheckBoard is locked.
struct CheckResult {
    bool is_allowed = true;
    std::vector<CheckedOne> reasons;  // in order
    std::vector<CheckedOne> shadow;   // of limits that enforce nothing
    std::vector<CheckedOne> limits;   // all that hold, where it was asked for
    std::vector<CheckedOverflow> overflows;
    std::vector<const CheckName*> accounts;
    std::optional<int64_t> retry_after_ms;  // of a refusal: the longest; empty: not by itself

    void clear();
};

inline bool is_about_key(const CheckedOne& one) {
    return one.reason <= CheckReason::kKeyExpired;
}
// The name of a reason, which for limits follows their meter.
std::string_view reason_name(const CheckedOne& one, const std::vector<Limit>& limits);
// Of all reasons together: the first that refuses, or "rate_limited" where limits on requests and
// on tokens refuse and none on usd; where none refuses, the first there is. Empty: there is none.
std::string_view reason_name(const CheckResult& verdict, const std::vector<Limit>& limits);

}  // namespace spantoll::tools
