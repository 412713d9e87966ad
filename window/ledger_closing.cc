#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "schemas/check.h"
#include "window/ema.h"
#include "window/ledger.h"

namespace spantoll::window {
namespace {

// Accounts whose memory is fetched before a walk over many comes to them.
constexpr size_t kAhead = 8;
constexpr size_t kTalliesAhead = 16;
// Entries of a pane that expires whose accounts are looked up before their turn.
constexpr size_t kExpiredAhead = 16;

}  // namespace

int64_t Ledger::first_charged_open_pane() const {
    return open_panes_.empty() ? kUnset : open_panes_.begin()->first;
}

void Ledger::close_pane(std::vector<PaneEntry>& closed) {
    const int64_t pane = first_open_;
    ema_reached_.clear();
    if (const auto open = open_panes_.find(pane); open != open_panes_.end()) {
        close_entries(pane, open->second, closed);
        close_parked(pane, open->second, closed);
        close_members(pane, open->second, closed);
        open_panes_.erase(open);
    }
    first_open_ = pane + 1;
    // Of the others, those with a late charge, or with a pane that expired at the last closing.
    for (size_t i = 0; i < changed_.size(); ++i) {
        prefetch_ahead(changed_, i);
        if (accounts_[changed_[i]].is_changed) {
            take_sample(changed_[i], pane);
        }
    }
    changed_.clear();
}

void Ledger::close_amount(uint64_t account_id,
                          RollingCounter& counter,
                          Int128 amount,
                          std::vector<PaneEntry>& closed) {
    counter.closed += amount;
    if (amount != 0) {
        closed.push_back({account_id, counter.slot, amount});
    }
}

// An account is among the entries of a pane, or its tally of it is parked, or it has it as its open
// pane, never two of them: a sample may be taken as soon as one is closed.
void Ledger::close_entries(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed) {
    for (size_t at = 0; at < open.entries.size(); ++at) {
        if (at + kAhead < open.entries.size()) {
            accounts_.prefetch_tally(open.entries[at + kAhead].account);
            accounts_.prefetch_closing(open.entries[at + kAhead].account);
        }
        const OpenPane::Entry& entry = open.entries[at];
        Account& account = accounts_[entry.account];
        for (uint32_t i = 0; i < entry.counters; ++i) {
            const Int128 amount = open.amounts[entry.first + i];
            account.counters[i].spilled -= amount;
            close_amount(id(entry.account), account.counters[i], amount, closed);
        }
        take_sample(entry.account, pane);
    }
}

void Ledger::close_parked(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed) {
    const std::vector<ParkedIndex>& places = open.parked;
    for (size_t i = 0; i < places.size(); ++i) {
        if (i + kTalliesAhead < places.size()) {
            prefetch_line(&parked_[places[i + kTalliesAhead]]);
        }
        if (i + kAhead < places.size() && parked_[places[i + kAhead]].account != kNoAccount) {
            accounts_.prefetch_tally(parked_[places[i + kAhead]].account);
            accounts_.prefetch_charge(parked_[places[i + kAhead]].account);
        }
        ParkedTally& parked = parked_[places[i]];
        const AccountIndex index = std::exchange(parked.account, kNoAccount);
        if (index == kNoAccount) {
            continue;  // it is among the entries
        }
        const ChargeAmounts amounts = add_taken(index, parked.taken, pane);
        Account& account = accounts_[index];
        for (uint32_t at = 0; at < account.counters.size(); ++at) {
            close_amount(
                id(index), account.counters[at], taken_amount(account, at, amounts), closed);
        }
        take_sample(index, pane);
    }
    free_parked_.insert(free_parked_.end(), places.begin(), places.end());
}

void Ledger::close_members(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed) {
    for (size_t i = 0; i < open.members.size(); ++i) {
        if (i + kTalliesAhead < open.members.size()) {
            accounts_.prefetch_tally(open.members[i + kTalliesAhead]);
        }
        if (i + kAhead < open.members.size() && open_pane(open.members[i + kAhead]) == pane) {
            accounts_.prefetch_charge(open.members[i + kAhead]);
        }
        const AccountIndex index = open.members[i];
        Tally& tally = accounts_.tally(index);
        if (tally.open_pane != pane) {
            continue;  // it went on to a higher pane
        }
        end_tally(index);
        Account& account = accounts_[index];
        for (RollingCounter& counter : account.counters) {
            close_amount(tally.id, counter, counter.in_open_pane(), closed);
        }
        tally.open_pane = kUnset;
        take_sample(index, pane);
    }
}

void Ledger::prefetch_ahead(const std::vector<AccountIndex>& accounts, size_t at) const {
    if (at + kAhead < accounts.size()) {
        accounts_.prefetch_closing(accounts[at + kAhead]);
    }
}

void Ledger::bring_emas_to(Account& account, int64_t closed_before) {
    if (account.as_of != kUnset && account.as_of < closed_before) {
        for (RollingCounter& counter : account.counters) {
            for (EmaRow& ema : counter.emas) {
                step_ema_repeatedly(ema, counter.sample, closed_before - account.as_of);
            }
        }
    }
    account.as_of = std::max(account.as_of, closed_before);
}

void Ledger::take_sample(AccountIndex index, int64_t pane) {
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
    mark_dirty(index);
    if (is_ema_reached(index)) {
        ema_reached_.push_back(index);
    }
}

bool Ledger::is_ema_reached(AccountIndex index) const {
    const Account& account = accounts_[index];
    const std::vector<EmaLimit>& limits = plans_.at(account.plan).ema_limits;
    return std::any_of(limits.begin(), limits.end(), [&](const EmaLimit& limit) {
        const RollingCounter& counter = account.counters[limit.counter];
        return std::max(counter.emas[limit.alpha].value, counter.sample * kEmaScale) >
               limit.amount_scaled;
    });
}

const EmaRow& Ledger::ema_brought_to_now(AccountIndex index, uint32_t counter, uint32_t alpha) {
    Account& account = accounts_[index];
    if (account.as_of != first_open_) {
        bring_emas_to(account, first_open_);
        mark_dirty(index);
    }
    return account.counters[counter].emas[alpha];
}

void Ledger::expire(int64_t window_minutes, std::span<const PaneEntry> entries) {
    std::array<AccountIndex, kExpiredAhead> accounts{};
    const auto look_up = [&](size_t at) {
        const AccountIndex account = by_id_.find(entries[at].account_id);
        if (account != kNoAccount) {
            accounts_.prefetch_closing(account);
        }
        accounts[at % kExpiredAhead] = account;
    };
    for (size_t i = 0; i < std::min(entries.size(), kExpiredAhead); ++i) {
        look_up(i);
    }
    for (size_t i = 0; i < entries.size(); ++i) {
        const AccountIndex account = accounts[i % kExpiredAhead];
        if (i + kExpiredAhead < entries.size()) {
            look_up(i + kExpiredAhead);
        }
        if (account != kNoAccount) {  // else it left: its panes hold nothing that counts
            expire_entry(account, window_minutes, entries[i]);
        }
    }
}

void Ledger::expire_entry(AccountIndex index, int64_t window_minutes, const PaneEntry& entry) {
    Account& account = accounts_[index];
    const std::vector<CounterSpec>& counters = plans_.at(account.plan).counters;
    for (size_t i = 0; i < counters.size(); ++i) {
        RollingCounter& counter = account.counters[i];
        if (counter.slot == entry.slot && counters[i].window_minutes == window_minutes) {
            if (entry.amount < 0) {
                end_tally(index);  // there is less room than it thought
            }
            counter.live -= entry.amount;
            counter.closed -= entry.amount;
            mark_changed(index);
            mark_dirty(index);
        }
    }
}

std::vector<Ledger::EndedPeriod> Ledger::ended_periods() const {
    std::vector<EndedPeriod> ended;
    for (const auto& [end_and_window, period] : open_by_end_) {
        if (end_and_window.first > first_open_ * kMinuteMs) {
            break;
        }
        ended.push_back(period);
        forget_given_up(ended.back());
    }
    return ended;
}

void Ledger::forget_ended(const std::vector<EndedPeriod>& ended) {
    for (const EndedPeriod& gone : ended) {
        const CalendarWindow& calendar = plans_.windows()[gone.window];
        for (const AccountIndex index : gone.accounts) {
            Account& account = accounts_[index];
            OpenPeriod* const found = account.find_period(gone.window, gone.start_ms);
            CHECK(found != nullptr, "an open period is in its account");
            if (found->is_dirty || !calendar.is_configured) {
                PeriodChange change;
                change.account = text(index);
                change.period = {calendar.window, gone.start_ms};
                change.totals = std::move(found->totals);
                change.is_configured = calendar.is_configured;
                change.is_new = found->is_new;
                ended_totals_.push_back(std::move(change));
            }
            account.periods.erase(found);
            if (account.is_charged) {
                mark_dirty(index);  // what the journal has of the period is in its totals
            }
            reconsider(index);
        }
        const Period period{calendar.window, gone.start_ms};
        open_by_end_.erase({period_end_ms(period), gone.window});
    }
}

void Ledger::reconsider(AccountIndex index) {
    offer(index);
    if (id(index) != 0 && first_open_ != kUnset) {
        schedule_leave_check(index, first_open_);
    }
}

void Ledger::schedule_leave_check(AccountIndex index, int64_t pane) {
    AccountNotes& notes = accounts_.notes(index);
    if (notes.leave_check_pane == pane) {
        return;
    }
    notes.leave_check_pane = pane;
    leave_checks_.emplace(pane, std::pair{index, id(index)});
}

void Ledger::leave(const std::function<bool(AccountIndex)>& may_leave) {
    while (!leave_checks_.empty() && leave_checks_.begin()->first <= first_open_) {
        const auto [index, id] = leave_checks_.begin()->second;
        const int64_t due = leave_checks_.begin()->first;
        leave_checks_.erase(leave_checks_.begin());
        AccountNotes& notes = accounts_.notes(index);
        if (!is_current(index, id) || notes.leave_check_pane != due) {
            continue;  // it left long ago, or a later look is due
        }
        notes.leave_check_pane = kUnset;
        if (is_leaving(index) && may_leave(index)) {
            remove(index);
        }
    }
}

bool Ledger::is_leaving(AccountIndex index) {
    end_tally(index);
    Account& account = accounts_[index];
    if (!account.periods.empty()) {
        return false;  // looked at again when the last of them ends
    }
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
        schedule_leave_check(index, empty_from);
        return false;
    }
    if (account.is_changed) {
        schedule_leave_check(index, first_open_ + 1);
        return false;
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
    if (steps_to_go > 0) {
        schedule_leave_check(index, first_open_ + steps_to_go);
        return false;
    }
    return true;
}

int64_t Ledger::next_event_pane() const {
    int64_t next = std::numeric_limits<int64_t>::max();
    if (!changed_.empty()) {
        return first_open_;
    }
    if (!open_panes_.empty()) {
        next = std::min(next, open_panes_.begin()->first);
    }
    if (!open_by_end_.empty()) {
        next = std::min(next, open_by_end_.begin()->first.first / kMinuteMs - 1);
    }
    if (!leave_checks_.empty()) {
        next = std::min(next, leave_checks_.begin()->first - 1);
    }
    return std::max(next, first_open_);
}

}  // namespace spantoll::window
