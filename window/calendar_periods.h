#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/settings.h"
#include "window/account_anchors.h"
#include "window/account_pool.h"
#include "window/calendar.h"
#include "window/charge_effect.h"
#include "window/counting_plan.h"
#include "window/row_schedule.h"

namespace spantoll::window {

// First millisecond of a calendar period, and the first after it; of a lifetime 0 and kNeverMs.
struct PeriodBounds {
    int64_t start_ms = 0;
    int64_t end_ms = 0;
};

// A period that ended, and who had it.
struct EndedPeriod {
    uint32_t window = 0;
    int64_t start_ms = 0;
    std::vector<AccountIndex> accounts;
    size_t given_up = 0;  // so many of them gave way and have it no more
};

// What the store is to do with a period that is not in memory any more.
struct PeriodChange {
    std::string account;
    Period period;
    PeriodTotals totals;  // the whole of an ended period, or what to add to it
    bool is_configured = false;
    bool is_new = false;
};

// Totals of accounts in calendar periods.
//
//     open    in its account's memory, from the first charge until C passes its end
//     ended   handed over once more to be committed; what is charged to it later is *merged*: added
//             to the row by the store, unread
//
// Of short-lived accounts every charge to a configured period is merged.
//
// Invariants:
//  1. An open period of an account stands once in Account::periods, and the account once in the
//     list of that period; accounts that gave way may stand there in addition.
//  2. Everything that changed since the last commit is dirty in its account, or in
//     take_ended_totals(), take_merges() or take_given_up().
//
// C, the first open pane, is handed in. Thread: one.
class CalendarPeriods {
  public:
    CalendarPeriods(AccountPool& accounts,
                    AccountAnchors& anchors,
                    RowSchedule& rows,
                    const CountingPlans& plans,
                    const RetentionSettings& retention)
        : accounts_(accounts),
          anchors_(anchors),
          rows_(rows),
          plans_(plans),
          retention_(retention),
          bounds_cache_(plans.windows().size()) {}

    // Period of an account's window that a time belongs to, from a cache if all accounts have the
    // same. Before an account's first charge a window of its own begins at any time. The answer is
    // valid until the next call.
    const PeriodBounds& bounds_of(AccountIndex index, uint32_t window, int64_t time_ms) {
        const PeriodBounds& cached = bounds_cache_[window];
        return is_in(cached, time_ms) ? cached : find_bounds(index, window, time_ms);
    }
    static bool is_ended(const PeriodBounds& bounds, int64_t first_open) {
        return first_open != kUnset && bounds.end_ms <= first_open * kMinuteMs;
    }
    // The first of the panes up to this one that lie in the same period of every window, those off
    // the minute aside.
    int64_t first_alike(int64_t pane) {
        if (pane < alike_begin_ || pane >= alike_end_) {
            find_alike(pane);
        }
        return alike_begin_;
    }

    // Where a charge is to be added: the totals of the period that its time lies in, open or ended,
    // which count as changed from here on. nullptr where the period is past its retention.
    PeriodTotals* totals_to_charge(AccountIndex index,
                                   uint32_t window,
                                   int64_t time_ms,
                                   int64_t first_open) {
        const PeriodBounds& cached = bounds_cache_[window];
        const PeriodBounds& bounds =
            is_in(cached, time_ms) ? cached : bounds_to_charge(index, window, time_ms);
        if (is_ended(bounds, first_open)) {
            return merged_totals(index, window, bounds, first_open);
        }
        OpenPeriod& period = open(index, window, bounds);
        period.is_dirty = true;
        if (period.is_new) {
            rows_.mark_dirty(index);  // the journal adds to rows and makes none
        }
        return &period.totals;
    }
    // The same of a configured period that is not kept in memory, open or ended.
    PeriodTotals* totals_to_merge(AccountIndex index,
                                  uint32_t window,
                                  int64_t time_ms,
                                  int64_t first_open) {
        return merged_totals(index, window, bounds_of(index, window, time_ms), first_open);
    }
    // The total of a meter in an open period; 0 where nothing was charged in it.
    Int128 total(AccountIndex index,
                 uint32_t window,
                 int64_t start_ms,
                 const Meter& meter,
                 const MeterTable& meters) const;

    // The periods that have ended by C. Their totals are still readable.
    std::vector<EndedPeriod> ended(int64_t first_open) const;
    // Then: their totals leave memory.
    void forget(const std::vector<EndedPeriod>& ended);
    // The first pane at whose closing a period ends; max where none is open.
    int64_t next_end_pane() const;
    // Moves all that an account counted in open periods to another one, which counts it as its own.
    void hand_over(AccountIndex from, AccountIndex to);

    // ---- persistence
    // What is counted no longer is given up.
    void restore(AccountIndex index, const Period& period, PeriodTotals totals);
    // The row of a window that is only judged and is not restored goes.
    void give_up(std::string_view account, const Period& period);
    std::vector<PeriodChange> take_ended_totals();
    std::vector<PeriodChange> take_merges();
    // Rows of periods that were open, of accounts that gave way or that are counted no longer.
    struct GivenUp {
        std::string account;
        Period period;
        bool is_configured = false;
    };
    std::vector<GivenUp> take_given_up();

  private:
    void find_alike(int64_t pane);
    OpenPeriod& open(AccountIndex index, uint32_t window, const PeriodBounds& bounds) {
        OpenPeriod* const known = accounts_[index].find_period(window, bounds.start_ms);
        return known != nullptr ? *known : begin(index, window, bounds);
    }
    OpenPeriod& begin(AccountIndex index, uint32_t window, const PeriodBounds& bounds);
    static bool is_in(const PeriodBounds& bounds, int64_t time_ms) {
        return bounds.start_ms <= time_ms && time_ms < bounds.end_ms;
    }
    const PeriodBounds& find_bounds(AccountIndex index, uint32_t window, int64_t time_ms);
    const PeriodBounds& bounds_to_charge(AccountIndex index, uint32_t window, int64_t time_ms);
    PeriodTotals* merged_totals(AccountIndex index,
                                uint32_t window,
                                const PeriodBounds& bounds,
                                int64_t first_open);
    Period period_named(const OpenPeriod& period) const {
        return plans_.windows()[period.window].period(period.start_ms);
    }
    void add_to_other(const OpenPeriod& from, AccountIndex to);
    void forget_given_up(EndedPeriod& members) const;

    AccountPool& accounts_;
    AccountAnchors& anchors_;
    RowSchedule& rows_;
    const CountingPlans& plans_;
    const RetentionSettings retention_;

    std::vector<PeriodBounds> bounds_cache_;  // by window; of windows of their own never set
    PeriodBounds own_bounds_;                 // of the account that was asked for last
    int64_t alike_begin_ = 0;                 // panes of the same periods, from first to before end
    int64_t alike_end_ = 0;
    std::map<std::pair<int64_t, uint32_t>, EndedPeriod> open_by_end_;  // (end, window)
    // since the last commit
    std::vector<PeriodChange> ended_totals_;
    absl::flat_hash_map<std::string, PeriodChange> merges_;
    std::vector<GivenUp> given_up_;
};

}  // namespace spantoll::window
