#include <algorithm>
#include <limits>

#include "schemas/check.h"
#include "window/ema.h"
#include "window/ledger.h"

namespace spantoll::window {

int64_t Ledger::first_charged_open_pane() const {
    return open_panes_.empty() ? kUnset : open_panes_.begin()->first;
}

void Ledger::close_pane(std::vector<PaneEntry>& closed) {
    const int64_t pane = first_open_;
    if (const auto open = open_panes_.find(pane); open != open_panes_.end()) {
        const OpenPane& content = open->second;
        for (const OpenPane::Entry& entry : content.entries) {
            Account& account = accounts_[entry.account];
            for (uint32_t i = 0; i < entry.counters; ++i) {
                const Int128 amount = content.amounts[entry.first + i];
                account.counters[i].closed += amount;
                if (amount != 0) {
                    closed.push_back({account.id, account.counters[i].slot, amount});
                }
            }
            account.open_pane = kUnset;
            mark_changed(entry.account);
        }
        open_panes_.erase(open);
    }
    first_open_ = pane + 1;
    for (const AccountIndex index : changed_) {
        take_sample(index, pane);
    }
    sampled_.swap(changed_);
    changed_.clear();
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
    if (account.id == 0) {
        return;
    }
    bring_emas_to(account, pane);
    for (RollingCounter& counter : account.counters) {
        counter.sample = counter.closed;
        for (EmaRow& ema : counter.emas) {
            step_ema(ema, counter.sample);
        }
    }
    account.as_of = pane + 1;
    mark_dirty(index);
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
    for (const PaneEntry& entry : entries) {
        const auto found = by_id_.find(entry.account_id);
        if (found == by_id_.end()) {
            continue;  // it left, so its panes held nothing that still counts
        }
        Account& account = accounts_[found->second];
        const Plan& plan = plans_.at(account.plan);
        for (size_t i = 0; i < plan.counters.size(); ++i) {
            RollingCounter& counter = account.counters[i];
            if (counter.slot != entry.slot || plan.counters[i].window_minutes != window_minutes) {
                continue;
            }
            counter.live -= entry.amount;
            counter.closed -= entry.amount;
            mark_changed(found->second);
            mark_dirty(found->second);
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
    }
    return ended;
}

void Ledger::forget_ended(const std::vector<EndedPeriod>& ended) {
    for (const EndedPeriod& gone : ended) {
        const CalendarWindow& calendar = plans_.windows()[gone.window];
        for (const AccountIndex index : gone.accounts) {
            Account& account = accounts_[index];
            const auto found =
                std::find_if(account.periods.begin(), account.periods.end(), [&](const auto& open) {
                    return open.window == gone.window && open.start_ms == gone.start_ms;
                });
            CHECK(found != account.periods.end(), "an open period is in its account");
            if (found->is_dirty || !calendar.is_configured) {
                PeriodChange change;
                change.account = account.text;
                change.period = {calendar.window, gone.start_ms};
                change.totals = std::move(found->totals);
                change.is_configured = calendar.is_configured;
                change.is_new = found->is_new;
                ended_totals_.push_back(std::move(change));
            }
            account.periods.erase(found);
            reconsider(index);
        }
        const Period period{calendar.window, gone.start_ms};
        open_by_end_.erase({period_end_ms(period), gone.window});
    }
}

void Ledger::reconsider(AccountIndex index) {
    if (accounts_[index].id != 0 && first_open_ != kUnset) {
        schedule_leave_check(index, first_open_);
    }
}

void Ledger::schedule_leave_check(AccountIndex index, int64_t pane) {
    Account& account = accounts_[index];
    if (account.leave_check_pane == pane) {
        return;
    }
    account.leave_check_pane = pane;
    leave_checks_.emplace(pane, std::pair{index, account.id});
}

void Ledger::leave(const std::function<bool(AccountIndex)>& may_leave) {
    while (!leave_checks_.empty() && leave_checks_.begin()->first <= first_open_) {
        const auto [index, id] = leave_checks_.begin()->second;
        const int64_t due = leave_checks_.begin()->first;
        leave_checks_.erase(leave_checks_.begin());
        Account& account = accounts_[index];
        if (account.id != id || account.leave_check_pane != due) {
            continue;  // it left long ago, or a later look is due
        }
        account.leave_check_pane = kUnset;
        if (is_leaving(index) && may_leave(index)) {
            remove(index);
        }
    }
}

bool Ledger::is_leaving(AccountIndex index) {
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
