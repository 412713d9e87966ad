#pragma once

#include <cstddef>
#include <string_view>

#include "schemas/rows.h"

namespace spantoll::store {

// A FEDCOST row of an account, or an internal WINDOW# row where its period is not configured, or
// only judged all the same.
struct AccountPeriodRow {
    std::string_view account;  // borrowed, as are the totals, until take() returns
    Period period;
    const PeriodTotals& totals;
    bool is_new = false;     // first put of this row: the index row goes with it
    bool is_judged = false;  // a WINDOW# row whatever is configured
};

// Takes the rows of accounts one by one.
class AccountRowTaker {
  public:
    virtual ~AccountRowTaker() = default;
    virtual void take(const AccountPeriodRow& row) = 0;
    virtual void take(const RollingRow& row) = 0;
};

// Gives the rows of the accounts that a commit changes. There may be millions of them, which are
// never all in memory at once, so they stand beside the Commit and not in it.
//
//     store.commit(commit, Durability::kSynced, &rows);
class AccountRowSource {
  public:
    virtual ~AccountRowSource() = default;
    // How many accounts, so that memory for their rows is taken once.
    virtual size_t account_count() const = 0;
    // Calls `taker` once for each row.
    virtual void give_rows(AccountRowTaker& taker) const = 0;
};

}  // namespace spantoll::store
