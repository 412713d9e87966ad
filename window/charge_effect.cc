#include "window/charge_effect.h"

#include <algorithm>

namespace spantoll::window {

void ChargeSum::set(const Charge& charge) {
    pane = floor_divide(charge.time_ms, kMinuteMs);
    is_failed = charge.is_failed;
    totals.cost = charge.cost;
    totals.egress_bytes = charge.egress_bytes;
    totals.request_count = charge.requests;
    totals.first_ms = charge.time_ms;
    totals.last_ms = charge.time_ms;
    totals.error_count = charge.errors;
    totals.ingress_bytes = charge.ingress_bytes;
    totals.late_count = charge.is_late ? 1 : 0;
    totals.unpriced_count = charge.is_unpriced ? 1 : 0;
    totals.usage.clear();
    add_usages(totals, charge.usage);
}

void ChargeSum::add(const Charge& charge) {
    totals.cost += charge.cost;
    totals.egress_bytes += charge.egress_bytes;
    totals.request_count += charge.requests;
    totals.first_ms = std::min(totals.first_ms, charge.time_ms);
    totals.last_ms = std::max(totals.last_ms, charge.time_ms);
    totals.error_count += charge.errors;
    totals.ingress_bytes += charge.ingress_bytes;
    totals.late_count += charge.is_late ? 1 : 0;
    totals.unpriced_count += charge.is_unpriced ? 1 : 0;
    add_usages(totals, charge.usage);
}

void add_totals(PeriodTotals& to, const PeriodTotals& more) {
    const bool is_first = is_empty(to);
    to.cost += more.cost;
    to.egress_bytes += more.egress_bytes;
    to.request_count += more.request_count;
    to.first_ms = is_first ? more.first_ms : std::min(to.first_ms, more.first_ms);
    to.last_ms = std::max(to.last_ms, more.last_ms);
    to.error_count += more.error_count;
    // In a cache line of their own, which is not touched for nothing.
    if (more.ingress_bytes != 0 || more.late_count != 0 || more.unpriced_count != 0) {
        to.ingress_bytes += more.ingress_bytes;
        to.late_count += more.late_count;
        to.unpriced_count += more.unpriced_count;
    }
    if (!more.usage.empty()) {
        add_usages(to, more.usage);
    }
}

Int128 usage_amount_of(const PeriodTotals& totals, const Meter& meter, const MeterTable& meters) {
    const auto sum_where = [&](auto&& matches) {
        Int128 sum = 0;
        for (const UsageTotal& usage : totals.usage) {
            sum += matches(usage.meter) ? usage.quantity : 0;
        }
        return sum;
    };
    return meter.kind == MeterKind::kTokens
               ? sum_where([&](MeterId id) { return meters.counts_tokens(id); })
               : sum_where([&](MeterId id) { return meters.name(id) == meter.usage; });
}

}  // namespace spantoll::window
