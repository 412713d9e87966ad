#include "window/rolling_windows.h"

#include <utility>

#include "window/ema.h"

namespace spantoll::window {
namespace {

// Counters of the plan take what the row holds of them; what the row lacks starts empty. Whether
// it lacks nothing.
bool restore_counter(RollingCounter& counter, const CounterSpec& spec, const RollingRow& row) {
    bool is_whole = false;
    for (const RollingMeterRow& meter : row.meters) {
        if (meter.meter != spec.meter) {
            continue;  // a counter that the row lacks begins empty
        }
        // The row has the highest of its counters; one window leaves memory for all of them alike.
        counter.last_charged_pane = row.last_charged_pane;
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

void add_to_entry(
    OpenPane& open, uint32_t entry, size_t at, RollingCounter& counter, Int128 amount) {
    open.amounts[open.entries[entry].first + at] += amount;
    open.mark_dirty(entry);
    counter.spilled += amount;
}

}  // namespace

void RollingWindows::charge_other_pane(AccountIndex index, size_t at, int64_t pane, Int128 amount) {
    if (!is_open(pane)) {
        charge_closed(index, at, pane, amount);
        return;
    }
    AccountHead& head = accounts_.head(index);
    if (pane > head.open_pane) {
        move_open_pane(index, pane);
    }
    add_open(accounts_[index].counters[at], pane, amount);
    if (pane < head.open_pane) {
        spill(index, at, pane, amount);
    }
}

// A late charge to a pane that is closed, where it is still in the window.
void RollingWindows::charge_closed(AccountIndex index, size_t at, int64_t pane, Int128 amount) {
    Account& account = accounts_[index];
    if (pane <= first_open_ - plans_.at(account.plan).counters[at].window_minutes) {
        return;
    }
    RollingCounter& counter = account.counters[at];
    counter.live += amount;
    counter.closed += amount;
    counter.last_charged_pane = std::max(counter.last_charged_pane, pane);
    late_entries_[pane].push_back({accounts_.id(index), counter.slot, amount});
    mark_changed(index);
}

void RollingWindows::move_open_pane(AccountIndex index, int64_t pane) {
    Account& account = accounts_[index];
    const int64_t left_pane = accounts_.head(index).open_pane;
    const auto counters = static_cast<uint32_t>(account.counters.size());
    const bool has_amounts = left_pane != kUnset &&
                             std::any_of(account.counters.begin(),
                                         account.counters.end(),
                                         [](const auto& each) { return each.in_open_pane() != 0; });
    if (has_amounts) {
        OpenPane& left = open_panes_[left_pane];
        const uint32_t entry = left.add_entry(index, counters);
        for (uint32_t i = 0; i < counters; ++i) {
            add_to_entry(left, entry, i, account.counters[i], account.counters[i].in_open_pane());
        }
    }
    move_without_entry(index, pane);
}

void RollingWindows::spill(AccountIndex index, size_t counter, int64_t pane, Int128 amount) {
    OpenPane& open = open_panes_[pane];
    auto& counters = accounts_[index].counters;
    const uint32_t entry = open.entry_of(index, static_cast<uint32_t>(counters.size()));
    add_to_entry(open, entry, counter, counters[counter], amount);
}

void RollingWindows::mark_changed(AccountIndex index) {
    if (!accounts_[index].is_changed) {
        accounts_[index].is_changed = true;
        changed_.push_back(index);
    }
}

// An account is among the entries of a pane, or it has it as its open pane, or what it has of it is
// kept elsewhere, never two of them: a sample may be taken as soon as one is closed.
void RollingWindows::begin_closing(std::vector<PaneEntry>& closed) {
    ema_reached_.clear();
    const auto found = open_panes_.find(first_open_);
    if (found == open_panes_.end()) {
        return;
    }
    const OpenPane& open = found->second;
    const auto prefetch = [&](const OpenPane::Entry& entry) {
        accounts_.prefetch_head(entry.account);
        accounts_.prefetch_closing(entry.account);
    };
    visit_ahead<kAhead>(open.entries, prefetch, [&](const OpenPane::Entry& entry) {
        Account& account = accounts_[entry.account];
        for (uint32_t i = 0; i < entry.counters; ++i) {
            RollingCounter& counter = account.counters[i];
            const Int128 amount = open.amounts[entry.first + i];
            counter.spilled -= amount;
            counter.closed += amount;
            if (amount != 0) {
                closed.push_back({accounts_.id(entry.account), counter.slot, amount});
            }
        }
        take_sample(entry.account, first_open_);
    });
}

void RollingWindows::close_amount(AccountIndex index,
                                  size_t at,
                                  Int128 amount,
                                  std::vector<PaneEntry>& closed) {
    RollingCounter& counter = accounts_[index].counters[at];
    add_open(counter, first_open_, amount);
    counter.closed += amount;
    closed.push_back({accounts_.id(index), counter.slot, amount});
}

void RollingWindows::sample(AccountIndex index) {
    take_sample(index, first_open_);
}

void RollingWindows::close_member(AccountIndex index, std::vector<PaneEntry>& closed) {
    AccountHead& head = accounts_.head(index);
    for (RollingCounter& counter : accounts_[index].counters) {
        const Int128 amount = counter.in_open_pane();
        counter.closed += amount;
        if (amount != 0) {
            closed.push_back({head.id, counter.slot, amount});
        }
    }
    head.open_pane = kUnset;
    take_sample(index, first_open_);
}

void RollingWindows::end_closing() {
    const int64_t pane = first_open_;
    open_panes_.erase(pane);
    first_open_ = pane + 1;
    const auto prefetch = [&](AccountIndex index) { accounts_.prefetch_closing(index); };
    visit_ahead<kAhead>(changed_, prefetch, [&](AccountIndex index) {
        if (accounts_[index].is_changed) {
            take_sample(index, pane);
        }
    });
    changed_.clear();
}

bool RollingWindows::expire_entry(Account& account,
                                  int64_t window_minutes,
                                  const PaneEntry& entry) {
    const std::vector<CounterSpec>& counters = plans_.at(account.plan).counters;
    bool has_changed = false;
    for (size_t i = 0; i < counters.size(); ++i) {
        RollingCounter& counter = account.counters[i];
        if (counter.slot == entry.slot && counters[i].window_minutes == window_minutes) {
            counter.live -= entry.amount;
            counter.closed -= entry.amount;
            has_changed = true;
        }
    }
    return has_changed;
}

void RollingWindows::bring_emas_to(Account& account, int64_t closed_before) {
    if (account.as_of != kUnset && account.as_of < closed_before) {
        for (RollingCounter& counter : account.counters) {
            for (EmaRow& ema : counter.emas) {
                step_ema_repeatedly(ema, counter.sample, closed_before - account.as_of);
            }
        }
    }
    account.as_of = std::max(account.as_of, closed_before);
}

void RollingWindows::take_sample(AccountIndex index, int64_t pane) {
    Account& account = accounts_[index];
    account.is_changed = false;
    bring_emas_to(account, pane);
    for (RollingCounter& counter : account.counters) {
        counter.sample = counter.closed;
        for (EmaRow& ema : counter.emas) {
            step_ema(ema, counter.sample);
        }
    }
    account.as_of = pane + 1;
    rows_.mark_dirty(index);
    if (is_ema_reached(index)) {
        ema_reached_.push_back(index);
    }
}

bool RollingWindows::is_ema_reached(AccountIndex index) const {
    const Account& account = accounts_[index];
    const std::vector<EmaLimit>& limits = plans_.at(account.plan).ema_limits;
    return std::any_of(limits.begin(), limits.end(), [&](const EmaLimit& limit) {
        const RollingCounter& counter = account.counters[limit.counter];
        return std::max(counter.emas[limit.alpha].value, counter.sample * kEmaScale) >
               limit.amount_scaled;
    });
}

void RollingWindows::bring_emas_to_now(AccountIndex index) {
    Account& account = accounts_[index];
    if (account.as_of != first_open_) {
        bring_emas_to(account, first_open_);
        rows_.mark_dirty(index);
    }
}

int64_t RollingWindows::empty_from(AccountIndex index) {
    Account& account = accounts_[index];
    // When the last pane with a nonzero amount has left its window.
    const Plan& plan = plans_.at(account.plan);
    int64_t empty_from = first_open_;
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        const int64_t last = account.counters[i].last_charged_pane;
        if (last != kUnset) {
            empty_from = std::max(empty_from, last + plan.counters[i].window_minutes);
        }
    }
    if (empty_from > first_open_) {
        return empty_from;
    }
    const bool has_emas = std::any_of(account.counters.begin(),
                                      account.counters.end(),
                                      [](const auto& counter) { return !counter.emas.empty(); });
    if (account.is_changed && has_emas) {
        return first_open_ + 1;  // when they have seen the last sample
    }
    bring_emas_to(account, first_open_);
    int64_t steps_to_go = 0;
    for (const RollingCounter& counter : account.counters) {
        for (EmaRow ema : counter.emas) {
            int64_t steps = 0;
            for (; ema.is_set; ++steps) {
                step_ema(ema, 0);
            }
            steps_to_go = std::max(steps_to_go, steps);
        }
    }
    return first_open_ + steps_to_go;
}

RollingWindows::Restored RollingWindows::restore(AccountIndex index, const RollingRow& row) {
    Account& account = accounts_[index];
    account.as_of = std::max(account.as_of, row.as_of);
    AccountHead& head = accounts_.head(index);
    head.open_pane = std::max(head.open_pane, row.open_pane);
    const Plan& plan = plans_.at(account.plan);
    Restored restored;
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        if (plan.counters[i].window_minutes == row.window_minutes) {
            ++restored.counted;
            const bool is_whole = restore_counter(account.counters[i], plan.counters[i], row);
            restored.whole += is_whole ? 1 : 0;
            note_new_emas(index, i, row);
        }
        if (account.counters[i].closed != account.counters[i].sample) {
            mark_changed(index);  // the next sample differs from the last
        }
    }
    return restored;
}

// EMAs of a counter that is kept which the row lacks: they begin at the next closing.
void RollingWindows::note_new_emas(AccountIndex index, size_t counter, const RollingRow& row) {
    const Account& account = accounts_[index];
    const CounterSpec& spec = plans_.at(account.plan).counters[counter];
    for (const RollingMeterRow& meter : row.meters) {
        for (size_t i = 0; meter.meter == spec.meter && i < spec.alphas.size(); ++i) {
            const auto is_it = [&](const EmaRow& ema) { return ema.alpha == spec.alphas[i]; };
            if (std::none_of(meter.emas.begin(), meter.emas.end(), is_it)) {
                new_emas_.push_back({index, counter, i});
            }
        }
    }
}

void RollingWindows::restore_entry(AccountIndex index, int64_t pane, const PaneEntry& entry) {
    OpenPane& open = open_panes_[pane];
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

void RollingWindows::finish_restore(int64_t first_open_pane) {
    first_open_ = first_open_pane;
    for (const NewEma& begun : std::exchange(new_emas_, {})) {
        Account& account = accounts_[begun.account];
        if (first_open_ != kUnset) {
            bring_emas_to(account, first_open_);
        }
        EmaRow& ema = account.counters[begun.counter].emas[begun.ema];
        ema = {ema.alpha, false, 0};
    }
    for (AccountIndex index = 0; index < accounts_.size(); ++index) {
        if (const int64_t pane = accounts_.head(index).open_pane; pane != kUnset) {
            open_panes_[pane].members.push_back(index);
        }
    }
}

std::map<int64_t, std::vector<PaneEntry>> RollingWindows::take_late_entries() {
    return std::exchange(late_entries_, {});
}

std::map<int64_t, std::vector<PaneEntry>> RollingWindows::take_open_entries() {
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
                    added[pane].push_back({accounts_.id(entry.account),
                                           charged.counters[i].slot,
                                           amount - committed});
                }
                committed = amount;
            }
        }
        open.dirty.clear();
    }
    return added;
}

}  // namespace spantoll::window
