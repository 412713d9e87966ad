#pragma once

#include <absl/container/flat_hash_map.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "window/account.h"

namespace spantoll::window {

// Accounts by id. Ids are given out in ascending order, so that those of one time stand together: a
// page has 256 in a row, four bytes each, and what is looked up by the thousand, the entries of a
// pane, is found in few pages that stay in the cache. A page lives as long as one of its ids. Which
// page an id is on is known without hashing for 262,144 ids in a row.
class AccountIds {
  public:
    void put(AccountId id, AccountIndex index);
    void erase(AccountId id);
    // kNoAccount where nobody has the id.
    AccountIndex find(AccountId id) const {
        const uint64_t number = id.number / kPageIds;
        const Page* page = known_[number % kKnown];
        if (page == nullptr || page->number != number) {
            page = find_page(number);
        }
        return page == nullptr ? kNoAccount : page->accounts[id.number % kPageIds];
    }

  private:
    static constexpr size_t kPageIds = 256;
    static constexpr size_t kKnown = 1024;
    struct Page {
        uint64_t number = 0;
        std::array<AccountIndex, kPageIds> accounts;
        size_t count = 0;  // of those that are not kNoAccount
    };
    Page* find_page(uint64_t number) const;

    absl::flat_hash_map<uint64_t, std::unique_ptr<Page>> pages_;  // by id / kPageIds
    std::vector<Page*> known_ = std::vector<Page*>(kKnown);       // the newest, by number % kKnown
};

}  // namespace spantoll::window
