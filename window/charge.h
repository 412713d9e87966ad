#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

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

inline void add_usage(PeriodTotals& totals, MeterId meter, Int128 quantity) {
    for (UsageTotal& usage : totals.usage) {
        if (usage.meter == meter) {
            usage.quantity += quantity;
            return;
        }
    }
    totals.usage.push_back({meter, quantity});
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
    for (const MeterQuantity& usage : charge.usage) {
        add_usage(totals, usage.meter, usage.quantity);
    }
}

}  // namespace spantoll::window
