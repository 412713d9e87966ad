#pragma once

#include <algorithm>
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

// What one span charges to each of its accounts. charge_effect.h says what that does to an account.
struct Charge {
    int64_t time_ms = 0;
    bool is_late = false;
    bool is_failed = false;  // its span has status error, and some limit does not count such spans
    uint32_t requests = 0;   // 0 or 1
    uint32_t errors = 0;     // 0 or 1
    bool is_unpriced = false;
    uint64_t ingress_bytes = 0;
    uint64_t egress_bytes = 0;
    Money cost;
    std::span<const MeterQuantity> usage;  // every meter once; empty where usage is not charged
};

// Adds quantities by meter. Spans of one kind name their meters in the same order, so the next
// meter nearly always stands right behind the one before. Otherwise a binary search keeps a span
// with a thousand meters cheap, whatever their order.
// `usages` are MeterQuantity or UsageTotal.
template <class Usages>
void add_usages(PeriodTotals& totals, const Usages& usages) {
    std::vector<UsageTotal>& known = totals.usage;
    size_t at = 0;
    for (const auto& usage : usages) {
        if (at == known.size() && (known.empty() || known.back().meter < usage.meter)) {
            known.push_back({usage.meter, 0});
        } else if (at == known.size() || known[at].meter != usage.meter) {
            const auto found = std::ranges::lower_bound(known, usage.meter, {}, &UsageTotal::meter);
            at = static_cast<size_t>(found - known.begin());
            if (found == known.end() || found->meter != usage.meter) {
                known.insert(found, {usage.meter, 0});
            }
        }
        known[at++].quantity += usage.quantity;
    }
}

}  // namespace spantoll::window
