#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/account.h"
#include "schemas/rows.h"
#include "window/counting_plan.h"

namespace spantoll::window {

// Where an account lives in the ledger's memory. Reused after the account left: whoever keeps one
// over a closing compares Account::id as well.
using AccountIndex = uint32_t;
inline constexpr AccountIndex kNoAccount = ~AccountIndex{0};

struct RollingCounter {
    Int128 live = 0;                     // panes > C - N
    Int128 closed = 0;                   // the part of live that is in panes < C
    Int128 sample = 0;                   // R of the last closing
    uint32_t slot = 0;                   // names the counter in pane rows
    int64_t last_charged_pane = kUnset;  // highest pane with a nonzero amount
    std::vector<EmaRow> emas;            // by CounterSpec::alphas
};

struct OpenPeriod {
    uint32_t window = 0;  // index into CountingPlans::windows()
    int64_t start_ms = 0;
    bool is_dirty = false;
    bool is_new = true;  // its index row is not written yet
    PeriodTotals totals;
};

// An account that is charged directly or through a child, resolved when first needed.
struct AccountRef {
    std::string account;
    KindIndex kind = 0;
    AccountIndex index = kNoAccount;
    uint64_t id = 0;
};

// What the ledger knows of one account. `id` is unique over the store's life: pane rows name the
// account by it.
struct Account {
    std::string text;  // as written in keys
    uint64_t id = 0;   // 0 = a free place
    KindIndex kind = 0;
    PlanIndex plan = 0;
    bool is_dirty = false;              // in Ledger's list of rows to write
    bool is_changed = false;            // in Ledger's list of samples to take at the next closing
    bool is_restored_row = false;       // has ROLLING rows in the store
    int64_t as_of = kUnset;             // C after the closing at which the EMAs were last stepped
    int64_t leave_check_pane = kUnset;  // C at which leaving is looked at again
    int64_t open_pane = kUnset;         // cache: its entry in that open pane
    uint32_t open_entry = 0;
    std::vector<OpenPeriod> periods;
    std::vector<RollingCounter> counters;  // by Plan::counters
    std::vector<AccountRef> parents;       // all the way up, each once
};

}  // namespace spantoll::window
