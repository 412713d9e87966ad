#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "window/account_pool.h"
#include "window/buffered_charge.h"
#include "window/calendar_periods.h"
#include "window/charge_effect.h"
#include "window/first_steps.h"
#include "window/rolling_windows.h"
#include "window/row_schedule.h"

namespace spantoll::window {

// What a buffer works on. All outlive it.
struct BufferParts {
    AccountPool& accounts;
    CalendarPeriods& calendar;
    RollingWindows& rolling;
    RowSchedule& rows;
    const CountingPlans& plans;
    const MeterTable& meters;
    const FirstStepsByPlan& first_steps;
};

// Adds a sum to an account's numbers, in open panes or late: what the ledger does with every charge
// that is not buffered, and the buffer with what it gives up.
class OpenAccount {
  public:
    OpenAccount(const BufferParts& parts, AccountIndex index)
        : parts_(parts), index_(index), plan_(parts.plans.at(parts.accounts[index].plan)) {}

    template <class Add>
    void for_each_period(const ChargeSum& sum, Add&& add) {
        for (const uint32_t window : plan_.windows) {
            if (sum.is_failed && parts_.plans.windows()[window].skips_failed) {
                continue;
            }
            PeriodTotals* const totals = parts_.calendar.totals_to_charge(
                index_, window, sum.totals.first_ms, parts_.rolling.first_open_pane());
            if (totals != nullptr) {
                add(*totals);
            }
        }
        for (const uint32_t window : plan_.merged_windows) {
            PeriodTotals* const totals = parts_.calendar.totals_to_merge(
                index_, window, sum.totals.first_ms, parts_.rolling.first_open_pane());
            if (totals != nullptr) {
                add(*totals);
            }
        }
    }
    template <class Visit>
    void for_each_counter(Visit&& visit) const {
        for (size_t i = 0; i < plan_.counters.size(); ++i) {
            visit(i, plan_.counters[i].meter);
        }
    }
    void add(size_t counter, int64_t pane, Int128 amount) {
        parts_.rolling.charge(index_, counter, pane, amount);
    }

  private:
    const BufferParts& parts_;
    const AccountIndex index_;
    const Plan& plan_;
};

// Sums up the many charges that mean nothing yet, so that each of them touches one cache line of an
// account, and two with usage. Nearly every charge is one more to the highest open pane that the
// account was charged in, and leaves it below the first step of each of its limits: it is added to
// the sum in AccountHead, and nothing else is touched. A charge to a higher pane of the same
// periods has that sum *deferred*: put aside whole, for the closing of its pane.
//
// Only an optimisation: NoPaneBuffer, which takes nothing, gives the same numbers, and a test runs
// with it.
//
// Invariants:
//  1. While something of an account is buffered, the account is charged or dirty, holds no level,
//     and has begun the periods of that pane. It is flushed before anything happens to it that
//     changes what it may still spend, when somebody reads its numbers, at the closing of its pane,
//     and with a commit of its rows.
//  2. What is deferred is of open panes below AccountHead::open_pane, in the same periods; for an
//     account and a pane there is an entry (OpenPane) or a deferred sum, never both.
//  3. A commit leaves nothing deferred: what the journal adds to a row's live belongs to the row's
//     open pane, as far as no entry has it.
//
// Thread: one.
class PaneBuffer {
  public:
    static constexpr bool kBuffers = true;
    explicit PaneBuffer(const BufferParts& parts) : parts_(parts) {}

    // Whether the buffer has the charge now. Else it is to be added to the account's numbers, after
    // flush().
    bool take(AccountIndex index, AccountHead& head, const BufferedCharge& charge) {
        const bool is_here = head.open_pane == charge.pane;
        if (!head.has_room_for(charge) || (!is_here && !head.may_defer_for(charge))) {
            return false;
        }
        const bool has_usage = charge.meter_count != 0;
        if (has_usage || head.bounds_usage) {
            BufferedUsage& usage = accounts_.usage(index);
            if ((head.bounds_usage && !usage.has_room_for(charge)) ||
                (!is_here && !defer(index, head, charge.pane)) || !usage.add(charge)) {
                return false;
            }
            head.has_usage |= has_usage;
            if (head.bounds_usage) {
                usage.tokens_left -= charge.tokens;
                usage.requests_left -= charge.requests;
            }
        } else if (!is_here && !defer(index, head, charge.pane)) {
            return false;
        }
        head.sum.add(charge);
        return true;
    }
    // The account's first charge in a pane above its open one: whether the buffer has it now.
    bool begin_with(AccountIndex index, const BufferedCharge& charge);
    // After the charge was added to the account's numbers: the next ones like it are buffered.
    // False where they are not; else the account is below the first step of all its limits.
    bool begin_after(AccountIndex index, const BufferedCharge& charge, bool is_journaled);

    // The account's numbers have everything from here on.
    void flush(AccountIndex index) {
        if (accounts_.head(index).is_buffered()) {
            give_up(index);
        }
    }
    // What the account's numbers lack where nothing is deferred: false where they lack nothing.
    // Changes nothing.
    bool peek(AccountIndex index, ChargeSum& out) const {
        const AccountHead& head = accounts_.head(index);
        if (head.sum.is_empty()) {
            return false;
        }
        to_charge_sum(
            head.sum, head.has_usage ? &accounts_.usage(index) : nullptr, head.open_pane, out);
        return true;
    }
    // Nothing is deferred from here on.
    void flush_deferred();
    // Closes what is deferred of the pane that closes, see RollingWindows.
    void close_deferred(int64_t pane, std::vector<PaneEntry>& closed);

  private:
    // What may be charged before a limit reaches its first step.
    struct Room {
        Int128 cost = 0;  // 0: the account's charges are not buffered
        Int128 tokens = std::numeric_limits<int64_t>::max();
        Int128 requests = std::numeric_limits<uint32_t>::max();
        bool counts_usage = false;  // some limit has one of the latter two
    };
    struct alignas(64) DeferredSum {
        [[no_unique_address]] BufferedSum sum;
        AccountIndex account = kNoAccount;  // kNoAccount: the account's numbers have it
        bool has_usage = false;             // deferred_usage_ has some of it
        int64_t pane = 0;
        DeferredIndex before = kNoDeferred;  // the account's last one when this one was deferred
    };
    static_assert(sizeof(DeferredSum) == 64);

    bool defer(AccountIndex index, AccountHead& head, int64_t pane);
    DeferredIndex take_free_deferred();
    void prefetch_sum(DeferredIndex at) const;
    void give_up(AccountIndex index);
    void give_up_deferred(AccountIndex index);
    void begin(AccountIndex index, const Room& room, bool is_journaled);
    Room room_of(const Account& account, int64_t pane);
    void add_to_account(AccountIndex index);
    void prefetch_deferred(const std::vector<DeferredIndex>& all, size_t at);

    const BufferParts parts_;
    AccountPool& accounts_ = parts_.accounts;
    std::vector<DeferredSum> deferred_;
    std::vector<BufferedUsage> deferred_usage_;  // by DeferredIndex, as far as some have usage
    std::vector<DeferredIndex> free_deferred_;
    std::map<int64_t, std::vector<DeferredIndex>> deferred_by_pane_;
    std::vector<DeferredIndex> newly_deferred_;  // since the last commit; some were given up since
    ChargeSum sum_;                              // kept for its memory
};

// Takes nothing: every charge goes to the account's numbers at once.
class NoPaneBuffer {
  public:
    static constexpr bool kBuffers = false;
    explicit NoPaneBuffer(const BufferParts& /*parts*/) {}
    bool take(AccountIndex, AccountHead&, const BufferedCharge&) { return false; }
    bool begin_with(AccountIndex, const BufferedCharge&) { return false; }
    bool peek(AccountIndex, ChargeSum&) const { return false; }
    bool begin_after(AccountIndex, const BufferedCharge&, bool) { return false; }
    void flush(AccountIndex) {}
    void flush_deferred() {}
    void close_deferred(int64_t, std::vector<PaneEntry>&) {}
};

}  // namespace spantoll::window
