#include <algorithm>

#include "window/ledger.h"

namespace spantoll::window {
namespace {

// Counters of the plan take what the row holds of them; what the row lacks starts empty. Whether
// it lacks nothing.
bool restore_counter(RollingCounter& counter, const CounterSpec& spec, const RollingRow& row) {
    bool is_whole = false;
    // The row has the highest of its counters; one window leaves memory for all of them alike.
    counter.last_charged_pane = row.last_charged_pane;
    for (const RollingMeterRow& meter : row.meters) {
        if (meter.meter != spec.meter) {
            continue;
        }
        counter.live = meter.live;
        counter.closed = meter.closed;
        counter.sample = meter.sample;
        counter.slot = meter.slot;
        is_whole = counter.emas.size() == meter.emas.size();
        for (EmaRow& ema : counter.emas) {
            const auto found = std::find_if(meter.emas.begin(),
                                            meter.emas.end(),
                                            [&](const auto& e) { return e.alpha == ema.alpha; });
            if (found != meter.emas.end()) {
                ema = *found;
            } else {
                is_whole = false;
            }
        }
    }
    return is_whole;
}

}  // namespace

void Ledger::restore_slots(uint32_t slot_base) {
    slot_base_ = slot_base;
}

void Ledger::restore(const RollingRow& row) {
    const KindIndex kind = kinds_.kind_of(row.account).value_or(kGlobalKind);
    AccountIndex index = find(row.account);
    if (index == kNoAccount) {
        index = create(kind, row.account, row.account_id);
    }
    Account& account = accounts_[index];
    account.is_restored_row = true;
    account.as_of = std::max(account.as_of, row.as_of);
    Tally& tally = accounts_.tally(index);
    tally.open_pane = std::max(tally.open_pane, row.open_pane);
    const Plan& plan = plans_.at(account.plan);
    size_t counted = 0;
    size_t whole = 0;
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        if (plan.counters[i].window_minutes == row.window_minutes) {
            ++counted;
            whole += restore_counter(account.counters[i], plan.counters[i], row) ? 1 : 0;
        }
        if (account.counters[i].closed != account.counters[i].sample) {
            mark_changed(index);  // the next sample differs from the last
        }
    }
    // Rows that say neither more nor less than this process would write are as good as written.
    if (whole == row.meters.size()) {
        restored_counters_.resize(accounts_.size());
        restored_counters_[index] += static_cast<uint32_t>(whole);
        account.is_written = restored_counters_[index] == plan.counters.size();
    }
    if (counted == 0) {
        departures_.push_back({row.account, {row.window_minutes}});
    }
}

void Ledger::restore_period(std::string_view text, const Period& period, PeriodTotals totals) {
    const AccountIndex index = find(text);
    const auto& windows = plans_.windows();
    const auto found = std::find_if(windows.begin(), windows.end(), [&](const auto& calendar) {
        return calendar.window == period.window;
    });
    if (index == kNoAccount || found == windows.end()) {
        return;  // counted no longer
    }
    const auto window = static_cast<uint32_t>(found - windows.begin());
    const std::vector<uint32_t>& planned = plan(index).windows;
    if (std::find(planned.begin(), planned.end(), window) == planned.end()) {
        return;
    }
    OpenPeriod& open = open_period(index, window, {period.start_ms, period_end_ms(period)});
    open.totals = std::move(totals);
    open.is_new = false;
}

void Ledger::restore_open_pane(int64_t pane, std::span<const PaneEntry> entries) {
    OpenPane& open = open_panes_[pane];
    for (const PaneEntry& entry : entries) {
        const AccountIndex index = by_id_.find(entry.account_id);
        if (index == kNoAccount) {
            continue;
        }
        auto& counters = accounts_[index].counters;
        for (size_t i = 0; i < counters.size(); ++i) {
            if (counters[i].slot == entry.slot) {
                const uint32_t at = open.entry_of(index, static_cast<uint32_t>(counters.size()));
                open.amounts[open.entries[at].first + i] += entry.amount;
                open.committed[open.entries[at].first + i] += entry.amount;
                counters[i].spilled += entry.amount;
            }
        }
    }
}

void Ledger::finish_restore(int64_t first_open_pane, uint64_t next_account_id) {
    first_open_ = first_open_pane;
    next_id_ = next_account_id;
    restored_counters_ = {};
    for (AccountIndex index = 0; index < accounts_.size(); ++index) {
        const Account& account = accounts_[index];
        if (open_pane(index) != kUnset) {
            open_panes_[open_pane(index)].members.push_back(index);
        }
        if (account.periods.empty()) {
            reconsider(index);
        }
    }
}

}  // namespace spantoll::window
