#pragma once

#include <absl/container/flat_hash_map.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "window/account.h"

namespace spantoll::window {

// Accounts by id. Ids are given out in ascending order, so that those of one time stand together: a
// page has 256 in a row, four bytes each, and what is looked up by the thousand, the entries of a
// pane, is found in few pages that stay in the cache. A page lives as long as one of its ids.
class AccountIds {
  public:
    void put(uint64_t id, AccountIndex index);
    void erase(uint64_t id);
    // kNoAccount where nobody has the id.
    AccountIndex find(uint64_t id) const {
        const auto found = pages_.find(id / kPageIds);
        return found == pages_.end() ? kNoAccount : found->second->accounts[id % kPageIds];
    }

  private:
    static constexpr size_t kPageIds = 256;
    struct Page {
        std::array<AccountIndex, kPageIds> accounts;
        size_t count = 0;  // of those that are not kNoAccount
    };
    absl::flat_hash_map<uint64_t, std::unique_ptr<Page>> pages_;  // by id / kPageIds
};

}  // namespace spantoll::window
