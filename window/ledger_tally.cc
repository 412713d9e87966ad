#include <algorithm>
#include <limits>

#include "window/ledger.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kBytesMax = std::numeric_limits<uint32_t>::max();

// All that a tally took in, as one charge of its first time.
Charge charge_of(const Tally& tally) {
    Charge all;
    all.time_ms = tally.open_pane * kMinuteMs + tally.first_ms;
    all.requests = tally.requests;
    all.errors = tally.errors;
    all.ingress_bytes = tally.ingress_bytes;
    all.egress_bytes = tally.egress_bytes;
    all.cost = Money::from_pico(tally.cost);
    return all;
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
        const OpenPeriod* open = account.find_period(step.window, start_ms);
        room = open == nullptr ? 0 : std::min(room, step.total - open->totals.cost.pico());
    }
    return room;
}

void Ledger::end_tally(AccountIndex index) {
    Tally& tally = accounts_.tally(index);
    if (!tally.is_taking()) {
        return;
    }
    if (!tally.is_empty()) {
        const Charge all = charge_of(tally);
        const int64_t last_ms = tally.open_pane * kMinuteMs + tally.last_ms;
        Account& account = accounts_[index];
        const Plan& plan = plans_.at(account.plan);
        for (const uint32_t window : plan.windows) {
            PeriodTotals& totals =
                open_period(index, window, bounds_of(window, all.time_ms)).totals;
            add_charge(totals, all, false);
            totals.last_ms = std::max(totals.last_ms, last_ms);
        }
        // Spans with usage are not tallied, so that there is none to count.
        const ChargeAmounts amounts = amounts_of(all);
        for (size_t i = 0; i < plan.counters.size(); ++i) {
            const MeterKind kind = plan.counters[i].meter.kind;
            const Int128 amount =
                kind == MeterKind::kUsage ? 0 : amounts[static_cast<size_t>(kind)];
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
