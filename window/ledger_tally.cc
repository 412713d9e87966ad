#include <algorithm>
#include <limits>

#include "window/ledger.h"

namespace spantoll::window {
namespace {

constexpr uint64_t kBytesMax = std::numeric_limits<uint32_t>::max();

// All of it as one charge of its first time.
Charge charge_of(const Taken& taken, int64_t pane) {
    Charge all;
    all.time_ms = pane * kMinuteMs + taken.first_ms;
    all.requests = taken.requests;
    all.errors = taken.errors;
    all.ingress_bytes = taken.ingress_bytes;
    all.egress_bytes = taken.egress_bytes;
    all.cost = Money::from_pico(taken.cost);
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

// After the charge was taken in in full: the next ones like it are tallied. False where they are
// not; else the account is below the first step of all its limits.
bool Ledger::begin_tally(AccountIndex index, const TallyCharge& charge, bool is_journaled) {
    Tally& tally = accounts_.tally(index);
    const Account& account = accounts_[index];
    if (tally.open_pane != charge.pane || account.has_levels) {
        return false;
    }
    const Int128 room = room_of(account, charge.pane);
    if (room <= 0) {
        return false;
    }
    tally.begin(room, is_journaled);
    return true;
}

// The account's first charge in a pane above its open one: a tally begins with it. False where none
// can; the charge is to be taken in in full.
bool Ledger::begin_whole_tally(AccountIndex index, const TallyCharge& charge) {
    Tally& tally = accounts_.tally(index);
    Account& account = accounts_[index];
    if (charge.pane <= tally.open_pane || charge.cost <= 0 || account.has_levels ||
        !is_judged_by_cost(account)) {
        return false;
    }
    end_tally(index);
    for (const uint32_t window : plans_.at(account.plan).windows) {
        charged_period(index, window, moment_.periods[window].bounds);
    }
    move_open_pane(index, charge.pane);
    const Int128 room = room_of(account, charge.pane);
    if (charge.cost >= room) {
        return false;
    }
    tally.begin(room, mark_charged(index, account));
    tally.is_whole = true;
    tally.taken.add(charge);
    return true;
}

// The account goes on to a higher pane, of the same calendar periods.
void Ledger::park_tally(AccountIndex index, int64_t pane) {
    Tally& tally = accounts_.tally(index);
    ParkedIndex place = static_cast<ParkedIndex>(parked_.size());
    if (free_parked_.empty()) {
        parked_.emplace_back();
    } else {
        place = free_parked_.back();
        free_parked_.pop_back();
    }
    ParkedTally& parked = parked_[place];
    parked.taken = tally.taken;
    parked.account = index;
    parked.pane = tally.open_pane;
    parked.before = tally.parked;
    newly_parked_.push_back(place);
    open_panes_[tally.open_pane].parked.push_back(place);
    open_panes_[pane].members.push_back(index);
    tally.parked = place & kNoParked;
    tally.room -= tally.taken.cost;
    tally.taken = {};
    tally.open_pane = pane;
}

// What of the account's tally is parked goes to its numbers and to the entries of its panes.
void Ledger::unpark(AccountIndex index) {
    Tally& tally = accounts_.tally(index);
    int64_t above = tally.open_pane;
    for (ParkedIndex place = tally.parked; place != kNoParked;) {
        // With its pane a place was given back, and may be another one's since, or the account's
        // own for a higher pane.
        ParkedTally& parked = parked_[place];
        if (parked.account != index || parked.pane >= above) {
            break;
        }
        Account& account = accounts_[index];
        const ChargeAmounts amounts = add_taken(index, parked.taken, parked.pane);
        OpenPane& open = open_panes_[parked.pane];
        const auto counters = static_cast<uint32_t>(account.counters.size());
        const uint32_t entry = open.add_entry(index, counters);
        for (uint32_t i = 0; i < counters; ++i) {
            add_to_entry(open, entry, i, account.counters[i], taken_amount(account, i, amounts));
        }
        above = parked.pane;
        place = parked.before;
        parked.account = kNoAccount;
    }
    tally.parked = kNoParked;
}

void Ledger::unpark_all() {
    for (const ParkedIndex place : newly_parked_) {
        if (parked_[place].account != kNoAccount) {
            unpark(parked_[place].account);
        }
    }
    newly_parked_.clear();
}

// Whether its cost alone tells that no limit has anything to say of a charge.
bool Ledger::is_judged_by_cost(const Account& account) const {
    return !first_steps_.empty() && first_steps_[account.plan].are_all_usd;
}

// What may be spent in an open pane before a limit reaches its first step.
Int128 Ledger::room_of(const Account& account, int64_t pane) {
    if (!is_judged_by_cost(account)) {
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

// Spans with usage are not tallied, so that there is none to count.
Int128 Ledger::taken_amount(const Account& account,
                            uint32_t counter,
                            const ChargeAmounts& amounts) const {
    const MeterKind kind = plans_.at(account.plan).counters[counter].meter.kind;
    return kind == MeterKind::kUsage ? 0 : amounts[static_cast<size_t>(kind)];
}

// The account's numbers have it from here on.
ChargeAmounts Ledger::add_taken(AccountIndex index, const Taken& taken, int64_t pane) {
    const Charge all = charge_of(taken, pane);
    const int64_t last_ms = pane * kMinuteMs + taken.last_ms;
    Account& account = accounts_[index];
    for (const uint32_t window : plans_.at(account.plan).windows) {
        PeriodTotals& totals = open_period(index, window, bounds_of(window, all.time_ms)).totals;
        add_charge(totals, all, totals.last_ms == 0);
        totals.last_ms = std::max(totals.last_ms, last_ms);
    }
    const ChargeAmounts amounts = amounts_of(all);
    for (uint32_t i = 0; i < account.counters.size(); ++i) {
        const Int128 amount = taken_amount(account, i, amounts);
        if (amount != 0) {
            RollingCounter& counter = account.counters[i];
            counter.live += amount;
            counter.last_charged_pane = std::max(counter.last_charged_pane, pane);
        }
    }
    return amounts;
}

void Ledger::end_tally(AccountIndex index) {
    Tally& tally = accounts_.tally(index);
    if (!tally.is_taking()) {
        return;
    }
    unpark(index);
    if (!tally.taken.is_empty()) {
        add_taken(index, tally.taken, tally.open_pane);
    }
    tally.end();
}

}  // namespace spantoll::window
