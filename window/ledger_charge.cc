#include <algorithm>
#include <limits>

#include "window/ledger.h"

namespace spantoll::window {

Ledger::PeriodBounds Ledger::bounds_of(uint32_t window, int64_t time_ms) {
    PeriodBounds& cached = bounds_cache_[window];
    if (time_ms < cached.start_ms || time_ms >= cached.end_ms) {
        const Period period = period_of(plans_.windows()[window].window, EventTime{time_ms});
        cached = {period.start_ms, period_end_ms(period)};
    }
    return cached;
}

void Ledger::merge_into_ended(AccountIndex index,
                              uint32_t window,
                              PeriodBounds bounds,
                              const Charge& charge) {
    const CalendarWindow& calendar = plans_.windows()[window];
    const int64_t kept_ms = retention_ms_of(retention_, calendar.window.kind);
    // An ended window is never judged, and a row past its retention would be removed at once.
    if (!calendar.is_configured || bounds.end_ms + kept_ms <= first_open_ * kMinuteMs) {
        return;
    }
    const Period period{calendar.window, bounds.start_ms};
    std::string key = text(index);
    key += '\0';
    key += period_label(period);
    const auto [found, is_new] = merges_.try_emplace(std::move(key));
    PeriodChange& change = found->second;
    if (is_new) {
        change.account = text(index);
        change.period = period;
        change.is_configured = true;
    }
    add_charge(change.totals, charge, is_new);
}

inline void Ledger::charge_periods(AccountIndex index, Account& account, const Charge& charge) {
    for (const uint32_t window : plans_.at(account.plan).windows) {
        const MomentPeriod& moment = moment_.periods[window];
        if (moment.is_ended) {
            merge_into_ended(index, window, moment.bounds, charge);
            mark_dirty(index);
            continue;
        }
        OpenPeriod& period = charged_period(index, window, moment.bounds);
        add_charge(period.totals, charge, period.totals.last_ms == 0);
    }
}

// The one that is charged now.
OpenPeriod& Ledger::charged_period(AccountIndex index, uint32_t window, PeriodBounds bounds) {
    OpenPeriod& period = open_period(index, window, bounds);
    period.is_dirty = true;
    if (period.is_new) {
        mark_dirty(index);  // the journal adds to rows and makes none
    }
    return period;
}

OpenPeriod& Ledger::open_period(AccountIndex index, uint32_t window, PeriodBounds bounds) {
    OpenPeriod* const open = accounts_[index].find_period(window, bounds.start_ms);
    return open != nullptr ? *open : begin_period(index, window, bounds);
}

OpenPeriod& Ledger::begin_period(AccountIndex index, uint32_t window, PeriodBounds bounds) {
    EndedPeriod& members = open_by_end_[{bounds.end_ms, window}];
    members.window = window;
    members.start_ms = bounds.start_ms;
    members.accounts.push_back(index);
    OpenPeriod period;
    period.window = window;
    period.start_ms = bounds.start_ms;
    return accounts_[index].periods.emplace_back(std::move(period));
}

inline void Ledger::charge_counters(AccountIndex index, Account& account, const Charge& charge) {
    const std::vector<CounterSpec>& counters = plans_.at(account.plan).counters;
    const int64_t pane = moment_.pane;
    const Tally& tally = accounts_.tally(index);
    for (uint32_t i = 0; i < counters.size(); ++i) {
        const Int128 amount = amount_of(counters[i].meter, charge);
        if (amount == 0) {
            continue;
        }
        if (!moment_.is_open) {
            if (pane > first_open_ - counters[i].window_minutes) {
                charge_closed(index, i, amount);
                mark_changed(index);
            }
            continue;
        }
        if (pane > tally.open_pane) {
            move_open_pane(index, pane);
        }
        RollingCounter& counter = account.counters[i];
        counter.live += amount;
        counter.last_charged_pane = std::max(counter.last_charged_pane, pane);
        if (pane < tally.open_pane) {
            spill(index, i, pane, amount);
        }
    }
}

// A late charge to a pane that is closed and still in the window.
void Ledger::charge_closed(AccountIndex index, uint32_t at, Int128 amount) {
    RollingCounter& counter = accounts_[index].counters[at];
    counter.live += amount;
    counter.closed += amount;
    counter.last_charged_pane = std::max(counter.last_charged_pane, moment_.pane);
    add_late(index, at, moment_.pane, amount);
}

// After a charge. Whether the journal must have it.
bool Ledger::mark_charged(AccountIndex index, Account& account) {
    if (account.is_dirty) {
        return false;
    }
    if (!has_journal_ || !account.is_written || !moment_.is_open || journal_.is_full()) {
        mark_dirty(index);
        return false;
    }
    if (!account.is_charged) {
        account.is_charged = true;
        charged_.push_back(index);
    }
    return true;
}

// Whether the account's tally has it now.
inline bool Ledger::take_in(AccountIndex index, Tally& tally, const TallyCharge& charge) {
    if (!tally.takes(charge)) {
        const bool is_alike =
            tally.open_pane >= moment_.first_alike && charge.pane < moment_.end_alike;
        if (!is_alike || !tally.takes_parked(charge) || parked_.size() >= kNoParked) {
            return false;
        }
        park_tally(index, charge.pane);
    }
    tally.taken.add(charge);
    return true;
}

std::span<const AccountIndex> Ledger::charge(std::span<const AccountIndex> accounts,
                                             const Charge& charge) {
    const TallyCharge tallied = tally_charge_of(charge, first_open_);
    const bool is_journal_full = journal_.is_full();
    to_judge_.clear();
    bool is_journaled = false;
    bool is_moment_set = false;
    for (const AccountIndex index : accounts) {
        Tally& tally = accounts_.tally(index);
        if (!(tally.is_journaled && is_journal_full) && take_in(index, tally, tallied)) {
            is_journaled |= tally.is_journaled;
            continue;
        }
        if (!is_moment_set) {
            set_moment(charge);
            is_moment_set = true;
        }
        if (begin_whole_tally(index, tallied)) {
            is_journaled |= tally.is_journaled;
            continue;
        }
        const bool is_mine_journaled = charge_in_full(index, charge);
        if (charge.cost.pico() < 0) {
            offer(index);  // a credit may have brought its cost back to nothing
        }
        is_journaled |= is_mine_journaled;
        if (!begin_tally(index, tallied, is_mine_journaled)) {
            to_judge_.push_back(index);
        }
    }
    if (is_journaled) {
        journal_.record(charge, accounts);
    }
    return to_judge_;
}

// Whether the journal must have it.
bool Ledger::charge_in_full(AccountIndex index, const Charge& charge) {
    end_tally(index);
    Account& account = accounts_[index];
    charge_periods(index, account, charge);
    charge_counters(index, account, charge);
    return mark_charged(index, account);
}

void Ledger::set_moment(const Charge& charge) {
    moment_.pane = floor_divide(charge.time_ms, kMinuteMs);
    moment_.is_open = first_open_ == kUnset || moment_.pane >= first_open_;
    moment_.amounts = amounts_of(charge);
    moment_.periods.resize(plans_.windows().size());
    moment_.first_alike = std::numeric_limits<int64_t>::min();
    moment_.end_alike = std::numeric_limits<int64_t>::max();
    for (uint32_t window = 0; window < moment_.periods.size(); ++window) {
        MomentPeriod& period = moment_.periods[window];
        period.bounds = bounds_of(window, charge.time_ms);
        period.is_ended = is_ended(period.bounds);
        moment_.first_alike = std::max(moment_.first_alike, period.bounds.start_ms / kMinuteMs);
        moment_.end_alike = std::min(moment_.end_alike, period.bounds.end_ms / kMinuteMs);
    }
}

// What a charge adds to a rolling counter of this meter.
Int128 Ledger::amount_of(const Meter& meter, const Charge& charge) const {
    if (meter.kind != MeterKind::kUsage) {
        return moment_.amounts[static_cast<size_t>(meter.kind)];
    }
    for (const MeterQuantity& usage : charge.usage) {
        if (meters_.name(usage.meter) == meter.usage) {
            return usage.quantity;
        }
    }
    return 0;
}

// The account goes on to a higher pane: what it took in before is kept with the lower one.
void Ledger::move_open_pane(AccountIndex index, int64_t pane) {
    Account& account = accounts_[index];
    Tally& tally = accounts_.tally(index);
    const auto counters = static_cast<uint32_t>(account.counters.size());
    const bool holds = tally.open_pane != kUnset &&
                       std::any_of(account.counters.begin(),
                                   account.counters.end(),
                                   [](const auto& each) { return each.in_open_pane() != 0; });
    if (holds) {
        OpenPane& left = open_panes_[tally.open_pane];
        const uint32_t entry = left.add_entry(index, counters);
        for (uint32_t i = 0; i < counters; ++i) {
            add_to_entry(left, entry, i, account.counters[i], account.counters[i].in_open_pane());
        }
    }
    tally.open_pane = pane;
    open_panes_[pane].members.push_back(index);
}

void Ledger::spill(AccountIndex index, uint32_t counter, int64_t pane, Int128 amount) {
    OpenPane& open = open_panes_[pane];
    auto& counters = accounts_[index].counters;
    const uint32_t entry = open.entry_of(index, static_cast<uint32_t>(counters.size()));
    add_to_entry(open, entry, counter, counters[counter], amount);
}

void Ledger::add_to_entry(
    OpenPane& open, uint32_t entry, uint32_t at, RollingCounter& counter, Int128 amount) {
    open.amounts[open.entries[entry].first + at] += amount;
    open.mark_dirty(entry);
    counter.spilled += amount;
}

void Ledger::add_late(AccountIndex index, uint32_t counter, int64_t pane, Int128 amount) {
    late_entries_[pane].push_back({id(index), accounts_[index].counters[counter].slot, amount});
}

Int128 Ledger::period_total(AccountIndex index,
                            uint32_t window,
                            int64_t start_ms,
                            const Meter& meter) const {
    const OpenPeriod* const open = accounts_[index].find_period(window, start_ms);
    if (open == nullptr) {
        return 0;
    }
    const PeriodTotals& totals = open->totals;
    const auto usage_where = [&](auto&& matches) {
        Int128 sum = 0;
        for (const UsageTotal& usage : totals.usage) {
            sum += matches(usage.meter) ? usage.quantity : 0;
        }
        return sum;
    };
    switch (meter.kind) {
        case MeterKind::kUsd:
            return totals.cost.pico();
        case MeterKind::kRequests:
            return static_cast<Int128>(totals.request_count);
        case MeterKind::kTokens:
            return usage_where(
                [&](MeterId id) { return id == input_tokens_ || id == output_tokens_; });
        case MeterKind::kIngressBytes:
            return totals.ingress_bytes;
        case MeterKind::kEgressBytes:
            return totals.egress_bytes;
        case MeterKind::kUsage:
            break;
    }
    return usage_where([&](MeterId id) { return meters_.name(id) == meter.usage; });
}

std::map<int64_t, std::vector<PaneEntry>> Ledger::take_late_entries() {
    return std::exchange(late_entries_, {});
}

std::map<int64_t, std::vector<PaneEntry>> Ledger::take_open_entries() {
    unpark_all();
    std::map<int64_t, std::vector<PaneEntry>> added;
    for (auto& [pane, open] : open_panes_) {
        for (const uint32_t dirty : open.dirty) {
            OpenPane::Entry& entry = open.entries[dirty];
            const Account& charged = accounts_[entry.account];
            entry.is_dirty = false;
            for (uint32_t i = 0; i < entry.counters; ++i) {
                Int128& committed = open.committed[entry.first + i];
                const Int128 amount = open.amounts[entry.first + i];
                if (amount != committed) {
                    added[pane].push_back(
                        {id(entry.account), charged.counters[i].slot, amount - committed});
                }
                committed = amount;
            }
        }
        open.dirty.clear();
    }
    return added;
}

std::vector<Ledger::PeriodChange> Ledger::take_merges() {
    std::vector<PeriodChange> all;
    for (auto& [key, change] : merges_) {
        all.push_back(std::move(change));
    }
    merges_.clear();
    return all;
}

std::vector<Ledger::PeriodChange> Ledger::take_ended_totals() {
    return std::exchange(ended_totals_, {});
}

}  // namespace spantoll::window
