#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "schemas/rows.h"

namespace spantoll::window {

struct MeterQuantity {
    MeterId meter = 0;
    uint64_t quantity = 0;
    bool operator==(const MeterQuantity&) const = default;
};

// What one span charges to each of its accounts.
struct Charge {
    int64_t time_ms = 0;
    bool is_late = false;
    uint32_t requests = 0;  // 0 or 1
    uint32_t errors = 0;    // 0 or 1
    bool is_unpriced = false;
    uint64_t ingress_bytes = 0;
    uint64_t egress_bytes = 0;
    Money cost;
    Int128 tokens = 0;                     // input_tokens + output_tokens
    std::span<const MeterQuantity> usage;  // every meter once; empty where usage is not charged
};

// By MeterKind, kUsage aside: usage meters have names of their own.
using ChargeAmounts = std::array<Int128, 5>;
static_assert(static_cast<size_t>(MeterKind::kUsage) == std::tuple_size_v<ChargeAmounts>);

// What a charge adds to rolling counters, by what they count.
inline ChargeAmounts amounts_of(const Charge& charge) {
    ChargeAmounts amounts{};
    const auto set = [&](MeterKind kind, Int128 amount) {
        amounts[static_cast<size_t>(kind)] = amount;
    };
    set(MeterKind::kUsd, charge.cost.pico());
    set(MeterKind::kRequests, charge.requests);
    set(MeterKind::kTokens, charge.tokens);
    set(MeterKind::kIngressBytes, charge.ingress_bytes);
    set(MeterKind::kEgressBytes, charge.egress_bytes);
    return amounts;
}

// Spans of one kind name their meters in one order, so nearly always the next one stands where the
// one before it ended. Where not, a search by halves keeps a span with a thousand meters cheap, in
// whatever order it names them.
// `usages` are MeterQuantity or UsageTotal.
template <class Usages>
void add_usages(PeriodTotals& totals, const Usages& usages) {
    std::vector<UsageTotal>& known = totals.usage;
    size_t at = 0;
    for (const auto& usage : usages) {
        if (at >= known.size() || known[at].meter != usage.meter) {
            const auto place = std::ranges::lower_bound(known, usage.meter, {}, &UsageTotal::meter);
            at = static_cast<size_t>(place - known.begin());
            if (place == known.end() || place->meter != usage.meter) {
                known.insert(place, {usage.meter, 0});
            }
        }
        known[at++].quantity += usage.quantity;
    }
}

// Adds the totals of an account to those of another one in the same period. `is_first`: `to` is
// empty.
inline void add_totals(PeriodTotals& to, const PeriodTotals& more, bool is_first) {
    to.cost += more.cost;
    to.egress_bytes += more.egress_bytes;
    to.ingress_bytes += more.ingress_bytes;
    to.request_count += more.request_count;
    to.error_count += more.error_count;
    to.late_count += more.late_count;
    to.unpriced_count += more.unpriced_count;
    to.first_ms = is_first ? more.first_ms : std::min(to.first_ms, more.first_ms);
    to.last_ms = is_first ? more.last_ms : std::max(to.last_ms, more.last_ms);
    add_usages(to, more.usage);
}

// Adds a charge to the totals of a period. `is_first`: they are empty.
inline void add_charge(PeriodTotals& totals, const Charge& charge, bool is_first) {
    totals.cost += charge.cost;
    totals.egress_bytes += charge.egress_bytes;
    totals.request_count += charge.requests;
    totals.first_ms = is_first ? charge.time_ms : std::min(totals.first_ms, charge.time_ms);
    totals.last_ms = is_first ? charge.time_ms : std::max(totals.last_ms, charge.time_ms);
    totals.error_count += charge.errors;
    // In a cache line of their own, which is not touched for nothing.
    if (charge.ingress_bytes != 0 || charge.is_late || charge.is_unpriced) {
        totals.ingress_bytes += charge.ingress_bytes;
        totals.late_count += charge.is_late ? 1 : 0;
        totals.unpriced_count += charge.is_unpriced ? 1 : 0;
    }
    add_usages(totals, charge.usage);
}

}  // namespace spantoll::window
