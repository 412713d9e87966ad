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
// over a closing compares AccountHead::id as well.
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

    // What AccountHead::open_pane took in, as far as it is in live.
    Int128 in_open_pane() const { return live - closed - spilled; }
};

struct OpenPeriod {
    int64_t start_ms = 0;
    uint32_t window = 0;  // index into CountingPlans::windows()
    bool is_dirty = false;
    bool is_new = true;  // its index row is not written yet
    PeriodTotals totals;
};

// How an account's rows stand to its numbers. RowSchedule's.
struct RowState {
    bool is_dirty : 1 = false;       // its rows are due
    bool is_charged : 1 = false;     // the journal has charges that its rows lack
    bool is_introduced : 1 = false;  // the journal knows it
    bool is_written : 1 = false;     // its rows say what its plan counts, no more and no less
    bool is_stored : 1 = false;      // has rows in the store
};

// The numbers of one account, but for what the pane buffer has of them. Laid out by what a direct
// charge and a closing touch: with one counter and one open period there is no pointer to follow, a
// closing needs three lines of the cache, the header and the counter with its EMA, and a charge one
// more, the period; the last one has what is rarely charged.
//
// A field more costs nothing while it fits the header, where a byte is left. Beyond that
// the account grows by a line: 64 bytes an account (1.6 MB for 25,000, 64 MB for a million), and
// three lines at a closing become four where the header pushes the EMA into the next one.
struct alignas(64) Account {
    int64_t as_of = kUnset;  // C after the closing at which the EMAs were last stepped
    PlanIndex plan = 0;
    KindIndex kind = 0;
    RowState rows;
    bool is_changed : 1 = false;  // RollingWindows takes its sample at the next closing
    bool has_levels : 1 = false;  // a policy keeps something of it
    bool is_offered : 1 = false;  // AccountRegistry has it among those that may give way
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

// An account that is charged directly or through a child, resolved when first needed.
struct AccountRef {
    std::string account;
    KindIndex kind = 0;
    AccountIndex index = kNoAccount;
    AccountId id;
};

// What is rarely asked of an account.
struct AccountNotes {
    std::string text;                   // as written in keys
    std::vector<AccountRef> parents;    // all the way up, each once
    int64_t leave_check_pane = kUnset;  // C at which leaving is looked at again
};

}  // namespace spantoll::window
