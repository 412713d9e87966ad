#include "window/ledger.h"

#include <algorithm>

namespace spantoll::window {

// The build option SPANTOLL_PANE_BUFFER=OFF takes the buffer out; every number stays the same.
#ifdef SPANTOLL_WITHOUT_PANE_BUFFER
using BufferOfBuild = NoPaneBuffer;
#else
using BufferOfBuild = PaneBuffer;
#endif
class LedgerBuffer final : public BufferOfBuild {
  public:
    using BufferOfBuild::BufferOfBuild;
};

Ledger::Ledger(const LedgerOptions& options, MeterTable& meters)
    : LedgerView(options, meters),
      parts_{accounts_, calendar_, rolling_, rows_, plans_, meters_, first_steps_},
      buffer_(std::make_unique<LedgerBuffer>(parts_)) {
    set_may_give_way({});
}

Ledger::~Ledger() = default;

bool Ledger::buffers() {
    return LedgerBuffer::kBuffers;
}

void Ledger::bring_up_to_date(AccountIndex index) {
    buffer_->flush(index);
}

bool Ledger::peek_buffered(AccountIndex index, ChargeSum& out) const {
    return buffer_->peek(index, out);
}

void Ledger::note_levels(AccountIndex index) {
    buffer_->flush(index);
    accounts_[index].has_levels = true;
}

// Plans of one account differ in amounts alone: what it counts stays where it is.
void Ledger::follow_plan(AccountIndex index) {
    buffer_->flush(index);
    Account& account = accounts_[index];
    account.plan = plans_.plan_of(account.kind, accounts_.text(index));
}

void Ledger::set_may_give_way(std::function<bool(AccountIndex)> may_give_way) {
    registry_.set_rest({
        .has_spent_nothing = [this](AccountIndex index) { return has_spent_nothing(index); },
        .may_give_way = std::move(may_give_way),
        .hand_over =
            [this](AccountIndex from, AccountIndex to) {
                buffer_->flush(from);
                buffer_->flush(to);
                calendar_.hand_over(from, to);
                anchors_.forget(from);
                rows_.note_leaving(from);
            },
        .came =
            [this](AccountIndex index) {
                leave_checks_.schedule(index, std::max<int64_t>(0, first_open_pane().index + 1));
            },
    });
}

std::span<const AccountIndex> Ledger::charge(std::span<const AccountIndex> accounts,
                                             const Charge& charge) {
    const BufferedCharge buffered = buffered_charge_of(charge, first_open_pane().index, meters_);
    const bool is_journal_full = rows_.is_journal_full();
    to_judge_.clear();
    bool is_journaled = false;
    bool is_sum_set = false;
    for (const AccountIndex index : accounts) {
        AccountHead& head = accounts_.head(index);
        if (!(head.is_journaled && is_journal_full) && buffer_->take(index, head, buffered)) {
            is_journaled |= head.is_journaled;
            continue;
        }
        if (buffer_->begin_with(index, buffered)) {
            is_journaled |= head.is_journaled;
            continue;
        }
        if (!is_sum_set) {
            sum_.set(charge);
            is_sum_set = true;
        }
        const bool is_mine_journaled = charge_directly(index, sum_);
        if (charge.cost.pico() < 0) {
            registry_.offer(index);  // a credit may have brought its cost back to nothing
        }
        is_journaled |= is_mine_journaled;
        if (!buffer_->begin_after(index, buffered, is_mine_journaled)) {
            to_judge_.push_back(index);
        }
    }
    if (is_journaled) {
        rows_.record(charge, accounts);
    }
    return to_judge_;
}

// Returns whether the journal must have the charge.
bool Ledger::charge_directly(AccountIndex index, const ChargeSum& sum) {
    buffer_->flush(index);
    OpenAccount account(parts_, index);
    apply_charge(sum, meters_, account);
    if (rolling_.is_open(sum.pane)) {
        return rows_.mark_charged(index);
    }
    rows_.mark_dirty(index);
    return false;
}

void Ledger::close_pane(std::vector<PaneEntry>& closed) {
    rolling_.begin_closing(closed);
    buffer_->close_deferred(first_open_pane().index, closed);
    rolling_.close_members(closed, [&](AccountIndex index) { buffer_->flush(index); });
    rolling_.end_closing();
}

void Ledger::expire(int64_t window_minutes, std::span<const PaneEntry> entries) {
    // If an account's total rises (a negative amount leaves), it may spend less than the buffer
    // assumes.
    rolling_.expire(window_minutes, entries, registry_.by_id(), [&](AccountIndex index) {
        buffer_->flush(index);
    });
}

void Ledger::forget_ended(const std::vector<EndedPeriod>& ended) {
    calendar_.forget(ended);
    for (const EndedPeriod& gone : ended) {
        for (const AccountIndex index : gone.accounts) {
            reconsider(index);
        }
    }
}

void Ledger::reconsider(AccountIndex index) {
    registry_.offer(index);
    if (!id(index).is_none()) {
        // C may be unset.
        leave_checks_.schedule(index, std::max<int64_t>(0, first_open_pane().index));
    }
}

void Ledger::leave(const std::function<bool(AccountIndex)>& may_leave) {
    const int64_t first_open = first_open_pane().index;
    while (const std::optional<AccountIndex> index = leave_checks_.take_due(first_open)) {
        if (is_empty_now(*index) && may_leave(*index)) {
            remove(*index);
        }
    }
}

// If the account is not empty yet, a look is scheduled for when it may be.
bool Ledger::is_empty_now(AccountIndex index) {
    buffer_->flush(index);
    if (!accounts_[index].periods.empty()) {
        return false;  // looked at again when the last of them ends
    }
    const int64_t empty_from = rolling_.empty_from(index);
    if (empty_from > first_open_pane().index) {
        leave_checks_.schedule(index, empty_from);
        return false;
    }
    return true;
}

bool Ledger::has_spent_nothing(AccountIndex index) {
    buffer_->flush(index);
    const Account& account = accounts_[index];
    const bool was_counted = std::any_of(
        account.counters.begin(), account.counters.end(), [](const RollingCounter& counter) {
            return counter.last_charged_pane != kUnset;
        });
    if (was_counted) {
        return false;
    }
    const std::vector<CalendarMeter>& judged = plan(index).calendar_meters;
    return std::all_of(account.periods.begin(), account.periods.end(), [&](const auto& period) {
        const bool has_cost =
            plans_.windows()[period.window].is_configured && period.totals.cost.pico() != 0;
        return !has_cost &&
               std::all_of(judged.begin(), judged.end(), [&](const CalendarMeter& meter) {
                   return meter.window != period.window ||
                          amount_of(period.totals, meter.meter, meters_) == 0;
               });
    });
}

void Ledger::remove(AccountIndex index) {
    anchors_.forget(index);
    rows_.note_leaving(index);
    registry_.remove(index);
}

void Ledger::restore_account(std::string_view account, AccountId id) {
    const AccountIndex index = registry_.restore(account, id);
    if (plan(index).is_short_lived) {
        accounts_[index].rows.is_stored = true;
        return;
    }
    // Its kind is short-lived no longer.
    rows_.note_departure({std::string(account), {}, true});
    rows_.mark_dirty(index);
}

void Ledger::restore(const RollingRow& row) {
    const AccountIndex index = registry_.restore(row.account, row.account_id);
    const RollingWindows::Restored restored = rolling_.restore(index, row);
    RowState& rows = accounts_[index].rows;
    if (restored.counted == 0) {
        rows_.note_departure({row.account, {row.window_minutes}, false});
    }
    const bool is_short_lived = plan(index).is_short_lived;
    if (is_short_lived && !rows.is_stored) {
        rows_.mark_dirty(index);  // its kind became short-lived: it needs a row of its own
    }
    rows.is_stored = rows.is_stored || !is_short_lived;
    // Rows that say neither more nor less than this process would write are as good as written.
    if (restored.whole == row.meters.size()) {
        restored_counters_.resize(accounts_.size());
        restored_counters_[index] += static_cast<uint32_t>(restored.whole);
        rows.is_written =
            !is_short_lived && restored_counters_[index] == plan(index).counters.size();
    }
}

void Ledger::restore_period(std::string_view account, const Period& period, PeriodTotals totals) {
    AccountIndex index = find(account);
    if (index == kNoAccount) {
        index = registry_.restore_left(account);
        if (index == kNoAccount) {
            return;
        }
        rows_.mark_dirty(index);
    }
    calendar_.restore(index, period, std::move(totals));
}

void Ledger::restore_anchor(std::string_view account, uint32_t window, int64_t anchor_ms) {
    if (const AccountIndex index = find(account); index != kNoAccount) {
        anchors_.restore(index, window, anchor_ms);
    }
}

void Ledger::restore_open_pane(Pane pane, std::span<const PaneEntry> entries) {
    for (const PaneEntry& entry : entries) {
        const AccountIndex index = registry_.by_id().find(entry.account_id);
        if (index != kNoAccount) {
            rolling_.restore_entry(index, pane.index, entry);
        }
    }
}

void Ledger::finish_restore(Pane first_open_pane) {
    restored_counters_.resize(accounts_.size());
    rolling_.finish_restore(first_open_pane.index);
    for (AccountIndex index = 0; index < accounts_.size(); ++index) {
        if (accounts_[index].periods.empty()) {
            reconsider(index);
        }
        // What a limit has counted whose rows go on as they were would be found by one that comes
        // later.
        if (restored_counters_[index] != plan(index).counters.size()) {
            rows_.mark_dirty(index);
        }
    }
    restored_counters_ = {};
}

const RowSchedule::CommitRows& Ledger::begin_commit(CommitScope scope) {
    buffer_->flush_deferred();
    const RowSchedule::CommitRows& rows = rows_.begin_commit(scope);
    for (const AccountIndex index : rows.accounts) {
        buffer_->flush(index);
    }
    return rows;
}

}  // namespace spantoll::window
