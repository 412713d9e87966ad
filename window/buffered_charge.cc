#include "window/buffered_charge.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kQuantityMax = std::numeric_limits<uint32_t>::max();
constexpr MeterId kMeterMax = std::numeric_limits<uint16_t>::max() - 1;

// False where the buffer cannot take them.
bool set_usage(const Charge& charge, const MeterTable& meters, BufferedCharge& buffered) {
    if (charge.usage.size() > kBufferedMetersMax) {
        return false;
    }
    bool fits = true;
    for (const MeterQuantity& usage : charge.usage) {
        fits &= usage.quantity <= kQuantityMax && usage.meter <= kMeterMax;
        buffered.meters[buffered.meter_count] = static_cast<uint16_t>(usage.meter + 1);
        buffered.quantities[buffered.meter_count++] = usage.quantity;
        buffered.tokens +=
            meters.counts_tokens(usage.meter) ? static_cast<int64_t>(usage.quantity) : 0;
    }
    return fits;
}

}  // namespace

BufferedCharge buffered_charge_of(const Charge& charge,
                                  int64_t first_open,
                                  const MeterTable& meters) {
    BufferedCharge buffered;
    const int64_t pane = floor_divide(charge.time_ms, kMinuteMs);
    const Int128 cost = charge.cost.pico();
    const bool is_open = first_open == kUnset || pane >= first_open;
    const bool is_small = cost >= 0 && cost <= BufferedCharge::kCostMax &&
                          charge.ingress_bytes <= kQuantityMax &&
                          charge.egress_bytes <= kQuantityMax;
    const bool is_plain = !charge.is_unpriced && !charge.is_failed;
    if (!is_open || !is_small || !is_plain || !set_usage(charge, meters, buffered)) {
        return buffered;
    }
    buffered.pane = pane;
    buffered.cost = static_cast<int64_t>(cost);
    buffered.egress_bytes = charge.egress_bytes;
    buffered.ingress_bytes = charge.ingress_bytes;
    buffered.requests = charge.requests;
    buffered.errors = charge.errors;
    buffered.offset_ms = static_cast<uint16_t>(charge.time_ms - pane * kMinuteMs);
    return buffered;
}

bool BufferedUsage::add_by_meter(const BufferedCharge& charge) {
    const std::array<uint16_t, kBufferedMetersMax> before = meters;
    std::array<size_t, kBufferedMetersMax> slots{};
    for (size_t i = 0; i < charge.meter_count; ++i) {
        slots[i] = slot_of(charge.meters[i]);
        if (slots[i] == meters.size()) {
            meters = before;
            return false;
        }
        meters[slots[i]] = charge.meters[i];
    }
    for (size_t i = 0; i < charge.meter_count; ++i) {
        quantities[slots[i]] += charge.quantities[i];
    }
    return true;
}

void to_charge_sum(const BufferedSum& sum,
                   const BufferedUsage* usage,
                   int64_t pane,
                   ChargeSum& out) {
    PeriodTotals& totals = out.totals;
    out.pane = pane;
    out.is_failed = false;
    totals.cost = Money::from_pico(sum.cost);
    totals.egress_bytes = sum.egress_bytes;
    totals.request_count = sum.requests;
    totals.first_ms = pane * kMinuteMs + sum.first_ms;
    totals.last_ms = pane * kMinuteMs + sum.last_ms;
    totals.error_count = sum.errors;
    totals.ingress_bytes = sum.ingress_bytes;
    totals.late_count = 0;
    totals.unpriced_count = 0;
    totals.usage.clear();
    if (usage == nullptr) {
        return;
    }
    std::array<MeterQuantity, kBufferedMetersMax> all;
    size_t count = 0;
    for (; count < all.size() && usage->meters[count] != 0; ++count) {
        all[count] = {static_cast<MeterId>(usage->meters[count] - 1), usage->quantities[count]};
    }
    add_usages(totals, std::span(all).first(count));
}

}  // namespace spantoll::window
