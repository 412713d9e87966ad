#include <algorithm>
#include <limits>

#include "window/ledger.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kBytesMax = std::numeric_limits<uint32_t>::max();

// What a counter takes of a tally: spans with usage, tokens among it, are not tallied.
Int128 amount_in(const Tally& tally, MeterKind kind) {
    switch (kind) {
        case MeterKind::kUsd:
            return tally.cost;
        case MeterKind::kRequests:
            return tally.requests;
        case MeterKind::kIngressBytes:
            return tally.ingress_bytes;
        case MeterKind::kEgressBytes:
            return tally.egress_bytes;
        case MeterKind::kTokens:
        case MeterKind::kUsage:
            break;
    }
    return 0;
}

}  // namespace

TallyCharge Ledger::tally_charge_of(const Charge& charge, int64_t first_open) {
    TallyCharge tallied;
    const int64_t pane = floor_divide(charge.time_ms, kMinuteMs);
    const Int128 cost = charge.cost.pico();
    const bool is_open = first_open == kUnset || pane >= first_open;
    const bool is_small = cost >= 0 && cost <= TallyCharge::kCostMax &&
                          charge.ingress_bytes <= kBytesMax && charge.egress_bytes <= kBytesMax;
    if (!is_open || !is_small || charge.is_unpriced || !charge.usage.empty()) {
        tallied.pane = TallyCharge::kNoPane;
        return tallied;
    }
    tallied.pane = pane;
    tallied.cost = static_cast<int64_t>(cost);
    tallied.egress_bytes = charge.egress_bytes;
    tallied.ingress_bytes = charge.ingress_bytes;
    tallied.requests = charge.requests;
    tallied.errors = charge.errors;
    tallied.offset_ms = static_cast<uint16_t>(charge.time_ms - pane * kMinuteMs);
    return tallied;
}

// After the charge was taken in in full: the next ones like it are tallied.
void Ledger::begin_tally(AccountIndex index, const TallyCharge& charge, bool is_journaled) {
    Tally& tally = accounts_.tally(index);
    const Account& account = accounts_[index];
    if (tally.open_pane != charge.pane || account.has_levels) {
        return;
    }
    const Int128 room = room_of(account, charge.pane);
    if (room <= 0) {
        return;
    }
    tally.room = static_cast<int64_t>(std::min(room, Int128{Tally::kRoomMax}));
    tally.is_journaled = is_journaled;
}

// What may be spent in an open pane before a limit reaches its first step.
Int128 Ledger::room_of(const Account& account, int64_t pane) {
    if (first_steps_.empty() || !first_steps_[account.plan].are_all_usd) {
        return 0;
    }
    const FirstSteps& first = first_steps_[account.plan];
    Int128 room = Tally::kRoomMax;
    for (const FirstSteps::Rolling& step : first.rolling) {
        room = std::min(room, step.total - account.counters[step.counter].live);
    }
    for (const FirstSteps::Calendar& step : first.calendar) {
        const int64_t start_ms = bounds_of(step.window, pane * kMinuteMs).start_ms;
        const auto open =
            std::find_if(account.periods.begin(), account.periods.end(), [&](const auto& period) {
                return period.window == step.window && period.start_ms == start_ms;
            });
        room = open == account.periods.end()
                   ? 0
                   : std::min(room, step.total - open->totals.cost.pico());
    }
    return room;
}

void Ledger::end_tally(AccountIndex index) {
    Tally& tally = accounts_.tally(index);
    if (!tally.is_taking()) {
        return;
    }
    if (!tally.is_empty()) {
        const int64_t pane_ms = tally.open_pane * kMinuteMs;
        Account& account = accounts_[index];
        const Plan& plan = plans_.at(account.plan);
        for (const uint32_t window : plan.windows) {
            PeriodTotals& totals = open_period(index, window, bounds_of(window, pane_ms)).totals;
            totals.cost += Money::from_pico(tally.cost);
            totals.egress_bytes += tally.egress_bytes;
            totals.request_count += tally.requests;
            totals.error_count += tally.errors;
            totals.first_ms = std::min(totals.first_ms, pane_ms + tally.first_ms);
            totals.last_ms = std::max(totals.last_ms, pane_ms + tally.last_ms);
            if (tally.ingress_bytes != 0) {  // in a cache line of its own
                totals.ingress_bytes += tally.ingress_bytes;
            }
        }
        for (size_t i = 0; i < plan.counters.size(); ++i) {
            const Int128 amount = amount_in(tally, plan.counters[i].meter.kind);
            if (amount != 0) {
                RollingCounter& counter = account.counters[i];
                counter.live += amount;
                counter.last_charged_pane = std::max(counter.last_charged_pane, tally.open_pane);
            }
        }
    }
    tally.end();
}

}  // namespace spantoll::window
