#pragma once

#include <absl/container/inlined_vector.h>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "schemas/account.h"
#include "schemas/rows.h"
#include "window/counting_plan.h"

namespace spantoll::window {

// Where an account lives in the ledger's memory. Reused after the account left: whoever keeps one
// over a closing compares Tally::id as well.
using AccountIndex = uint32_t;
inline constexpr AccountIndex kNoAccount = ~AccountIndex{0};

// What a charge touches comes first.
struct RollingCounter {
    Int128 live = 0;                      // panes > C - N
    int64_t last_charged_pane = kUnset;   // highest pane with a nonzero amount
    uint32_t slot = 0;                    // names the counter in pane rows
    Int128 closed = 0;                    // the part of live that is in panes < C
    Int128 spilled = 0;                   // the part of live that is in OpenPane::entries
    Int128 sample = 0;                    // R of the last closing
    absl::InlinedVector<EmaRow, 1> emas;  // by CounterSpec::alphas

    // What Tally::open_pane took in, as far as it is in live.
    Int128 in_open_pane() const { return live - closed - spilled; }
};

struct OpenPeriod {
    int64_t start_ms = 0;
    uint32_t window = 0;  // index into CountingPlans::windows()
    bool is_dirty = false;
    bool is_new = true;  // its index row is not written yet
    PeriodTotals totals;
};

// The numbers of one account, but for what its Tally has. Laid out by what a charge in full and a
// closing touch: with one counter and one open period there is no pointer to follow, a closing
// needs three lines of the cache, the header and the counter with its EMA, and a charge one more,
// the period; the last one has what is rarely charged.
struct alignas(64) Account {
    int64_t as_of = kUnset;  // C after the closing at which the EMAs were last stepped
    PlanIndex plan = 0;
    KindIndex kind = 0;
    bool is_dirty : 1 = false;         // in Ledger's list of rows to write
    bool is_charged : 1 = false;       // the journal has charges that its rows have not
    bool is_introduced : 1 = false;    // the journal knows it
    bool is_written : 1 = false;       // its rows say what its plan counts, no more and no less
    bool is_changed : 1 = false;       // in Ledger's list of samples to take at the next closing
    bool is_restored_row : 1 = false;  // has ROLLING rows in the store
    bool has_levels : 1 = false;       // a policy keeps something of it
    bool is_offered : 1 = false;       // among those that may give way
    absl::InlinedVector<RollingCounter, 1> counters;  // by Plan::counters
    absl::InlinedVector<OpenPeriod, 1> periods;

    // nullptr where it is not open.
    const OpenPeriod* find_period(uint32_t window, int64_t start_ms) const {
        for (const OpenPeriod& period : periods) {
            if (period.start_ms == start_ms && period.window == window) {
                return &period;
            }
        }
        return nullptr;
    }
    OpenPeriod* find_period(uint32_t window, int64_t start_ms) {
        return const_cast<OpenPeriod*>(std::as_const(*this).find_period(window, start_ms));
    }
};
static_assert(sizeof(Account) == size_t{5} * 64);

// An account that is charged directly or through a child, resolved when first needed.
struct AccountRef {
    std::string account;
    KindIndex kind = 0;
    AccountIndex index = kNoAccount;
    uint64_t id = 0;
};

// What is rarely asked of an account.
struct AccountNotes {
    std::string text;                   // as written in keys
    std::vector<AccountRef> parents;    // all the way up, each once
    int64_t leave_check_pane = kUnset;  // C at which leaving is looked at again
};

}  // namespace spantoll::window
