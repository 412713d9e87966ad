#pragma once

#include <cstdint>

#include "schemas/event_time.h"
#include "schemas/meter.h"
#include "schemas/rows.h"
#include "window/charge.h"
#include "window/meter_table.h"

// What charges mean to an account. Whoever adds a charge to an account's numbers does it with
// apply_charge(): the ledger at once, the pane buffer for the many charges it has taken together,
// and the store for those that the journal has and the rows lack.
namespace spantoll::window {

// One charge, or the sum of several to one account within one pane.
//
// A credit is never summed with another charge: an amount that is 0 then means that nothing was
// charged, and the account's last charged pane follows from sums as it does from single charges.
struct ChargeSum {
    int64_t pane = 0;
    bool is_failed = false;  // as all of its charges
    PeriodTotals totals;     // as a period would have them that had these charges alone

    // This charge alone.
    void set(const Charge& charge);
    bool may_add(const Charge& charge) const {
        return charge.is_failed == is_failed && charge.cost.pico() >= 0 &&
               totals.cost.pico() >= 0 && floor_divide(charge.time_ms, kMinuteMs) == pane;
    }
    // Only where it may.
    void add(const Charge& charge);
};

// Whether nothing was added yet: every charge has a time above 0.
inline bool is_empty(const PeriodTotals& totals) {
    return totals.last_ms == 0;
}

// Adds totals of the same period.
void add_totals(PeriodTotals& to, const PeriodTotals& more);

// The part of totals that a meter counts whose quantities come as usage.
Int128 usage_amount_of(const PeriodTotals& totals, const Meter& meter, const MeterTable& meters);

// The part of totals that a meter counts, whichever it is and whatever it skips.
inline Int128 amount_of(const PeriodTotals& totals, const Meter& meter, const MeterTable& meters) {
    switch (meter.kind) {
        case MeterKind::kUsd:
            return totals.cost.pico();
        case MeterKind::kRequests:
            return static_cast<Int128>(totals.request_count);
        case MeterKind::kIngressBytes:
            return totals.ingress_bytes;
        case MeterKind::kEgressBytes:
            return totals.egress_bytes;
        case MeterKind::kTokens:
        case MeterKind::kUsage:
            break;
    }
    return usage_amount_of(totals, meter, meters);
}

// What a sum means to a counter of a meter.
inline Int128 amount_of(const ChargeSum& sum, const Meter& meter, const MeterTable& meters) {
    return meter.skips_failed && sum.is_failed ? 0 : amount_of(sum.totals, meter, meters);
}

// Adds a sum to the totals of each calendar period it falls into, and its amounts to each rolling
// counter. `account` knows which these are, and what else a change of them means to it:
//
//     // of each window, where kept; windows that skip what failed are left out of what did
//     account.for_each_period(sum, [](PeriodTotals& totals) {});
//     account.for_each_counter([](size_t counter, const Meter& meter) {});
//     account.add(counter, sum.pane, amount);                      // of an amount that is not 0
template <class Account>
void apply_charge(const ChargeSum& sum, const MeterTable& meters, Account& account) {
    account.for_each_period(sum, [&](PeriodTotals& totals) { add_totals(totals, sum.totals); });
    account.for_each_counter([&](size_t counter, const Meter& meter) {
        if (const Int128 amount = amount_of(sum, meter, meters); amount != 0) {
            account.add(counter, sum.pane, amount);
        }
    });
}

}  // namespace spantoll::window
