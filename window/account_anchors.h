#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "window/account_pool.h"
#include "window/counting_plan.h"

namespace spantoll::window {

// Where the lattices begin that each account has for itself (WindowSpec::is_per_account): at its
// first charge that the limit counts, for as long as the account is in memory.
//
// Accounts without such a window take no memory here. Thread: one.
class AccountAnchors {
  public:
    AccountAnchors(const AccountPool& accounts, const CountingPlans& plans)
        : accounts_(accounts), plans_(plans) {}

    // Empty before the first charge.
    std::optional<int64_t> find(AccountIndex index, uint32_t window) const;
    // The account is charged: its lattice begins there, if it has not begun.
    int64_t find_or_begin(AccountIndex index, uint32_t window, int64_t time_ms);
    // The account leaves memory.
    void forget(AccountIndex index);

    // ---- persistence
    struct Change {
        std::string account;
        uint32_t window = 0;                 // index into CountingPlans::windows()
        std::optional<int64_t> anchor_ms{};  // empty: it is forgotten
    };
    void restore(AccountIndex index, uint32_t window, int64_t anchor_ms) {
        by_account_[{index, window}] = anchor_ms;
    }
    // Since the last call.
    std::vector<Change> take_changes();

  private:
    const AccountPool& accounts_;
    const CountingPlans& plans_;
    absl::flat_hash_map<std::pair<AccountIndex, uint32_t>, int64_t> by_account_;
    // since the last commit
    std::map<std::pair<std::string, uint32_t>, std::optional<int64_t>> changes_;
};

}  // namespace spantoll::window
