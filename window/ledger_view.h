#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/settings.h"
#include "window/account_anchors.h"
#include "window/account_pool.h"
#include "window/account_registry.h"
#include "window/calendar_periods.h"
#include "window/counting_plan.h"
#include "window/first_steps.h"
#include "window/leave_checks.h"
#include "window/meter_table.h"
#include "window/rolling_windows.h"
#include "window/row_schedule.h"

namespace spantoll::window {

struct LedgerOptions {
    const AccountKinds* kinds = nullptr;
    const CountingPlans* plans = nullptr;
    AccountSettings accounts;
    RetentionSettings retention;
    bool journals = false;  // commits may leave rows of charged accounts for later
};

// What may be read of a Ledger. Nothing here changes anything.
//
// Totals of an account lack what the buffer has of it, unless Ledger::bring_up_to_date() was called
// since its last charge, or it has levels. Samples and EMAs change at closings alone, and are
// never buffered.
class LedgerView {
  public:
    LedgerView(const LedgerView&) = delete;
    LedgerView& operator=(const LedgerView&) = delete;

    // ---- accounts
    // kNoAccount where it is not in memory.
    AccountIndex find(std::string_view account) const { return registry_.find(account); }
    const Account& account(AccountIndex index) const { return accounts_[index]; }
    // Its address stays the same as long as the ledger lives.
    const AccountHead& head(AccountIndex index) const { return accounts_.head(index); }
    // None where the slot is free.
    AccountId id(AccountIndex index) const { return accounts_.id(index); }
    bool is_current(AccountIndex index, AccountId id) const {
        return accounts_.is_current(index, id);
    }
    const std::string& text(AccountIndex index) const { return accounts_.text(index); }
    const std::vector<AccountRef>& parents(AccountIndex index) const {
        return accounts_.notes(index).parents;
    }
    Pane open_pane(AccountIndex index) const { return Pane(accounts_.head(index).open_pane); }
    // Whether the account is in memory with a counter of this length.
    bool has_row(std::string_view account, int64_t window_minutes) const;
    size_t account_count() const { return registry_.count(); }
    size_t account_count(KindIndex kind) const { return registry_.count(kind); }
    uint64_t overflow_count() const { return registry_.overflow_count(); }
    // Highest index in use + 1; for tables kept beside the ledger.
    size_t capacity() const { return accounts_.size(); }
    AccountId next_account_id() const { return registry_.next_id(); }

    // ---- numbers
    const CountingPlans& plans() const { return plans_; }
    const Plan& plan(AccountIndex index) const { return plans_.at(accounts_[index].plan); }
    const FirstSteps& first_steps(PlanIndex plan) const { return first_steps_.of(plan); }
    Int128 live(AccountIndex index, uint32_t counter) const {
        return accounts_[index].counters[counter].live;
    }
    // The period's total of a meter; 0 where nothing was charged in it.
    Int128 period_total(AccountIndex index,
                        uint32_t window,
                        int64_t start_ms,
                        const Meter& meter) const {
        return calendar_.total(index, window, start_ms, meter, meters_);
    }
    const RollingWindows& rolling() const { return rolling_; }
    // C; unset without W.
    Pane first_open_pane() const { return Pane(rolling_.first_open_pane()); }
    bool is_ended(const PeriodBounds& bounds) const {
        return CalendarPeriods::is_ended(bounds, first_open_pane().index);
    }
    // No closing before this pane can change anything in the ledger (expiry aside); kNeverPane when
    // none can.
    Pane next_event_pane() const;

    // ---- rows
    const RowSchedule& rows() const { return rows_; }

  protected:
    LedgerView(const LedgerOptions& options, MeterTable& meters);
    ~LedgerView() = default;

    // constant after construction
    const CountingPlans& plans_;
    MeterTable& meters_;
    FirstStepsByPlan first_steps_;

    // the parts
    AccountPool accounts_;
    AccountRegistry registry_;
    AccountAnchors anchors_;
    RowSchedule rows_;
    CalendarPeriods calendar_;
    RollingWindows rolling_;
    LeaveChecks leave_checks_;
};

}  // namespace spantoll::window
