#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "window/account_pool.h"

namespace spantoll::window {

// When to look at accounts that may be empty: each has at most one look ahead of it, at some C,
// which is in AccountNotes::leave_check_pane as well.
class LeaveChecks {
  public:
    explicit LeaveChecks(AccountPool& accounts) : accounts_(accounts) {}

    // The account is looked at when C is `pane`, and no longer when it was due before.
    void schedule(AccountIndex index, int64_t pane) {
        AccountNotes& notes = accounts_.notes(index);
        if (notes.leave_check_pane != pane) {
            notes.leave_check_pane = pane;
            by_pane_.emplace(pane, std::pair{index, accounts_.id(index)});
        }
    }
    // An account whose look is due, which is then done; empty where there is none.
    std::optional<AccountIndex> take_due(int64_t first_open) {
        while (!by_pane_.empty() && by_pane_.begin()->first <= first_open) {
            const auto [due, who] = *by_pane_.begin();
            by_pane_.erase(by_pane_.begin());
            const auto [index, id] = who;
            AccountNotes& notes = accounts_.notes(index);
            if (accounts_.is_current(index, id) && notes.leave_check_pane == due) {
                notes.leave_check_pane = kUnset;
                return index;
            }  // else it left long ago, or another look is due
        }
        return std::nullopt;
    }
    // The first pane at whose closing a look is due; max where there is none.
    int64_t next_pane() const {
        return by_pane_.empty() ? std::numeric_limits<int64_t>::max() : by_pane_.begin()->first - 1;
    }

  private:
    AccountPool& accounts_;
    std::multimap<int64_t, std::pair<AccountIndex, AccountId>> by_pane_;  // by C
};

}  // namespace spantoll::window
