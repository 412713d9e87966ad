#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <map>
#include <vector>

#include "window/account.h"

namespace spantoll::window {

// One open pane. As long as it is the highest pane that an account was charged in, the account
// itself has what it took in (AccountHead::open_pane, RollingCounter::in_open_pane): its rows
// include it, and a charge touches nothing else. What an account took in within a lower pane is in
// `entries`, or with whoever moved the account on.
struct OpenPane {
    struct Entry {
        AccountIndex account = kNoAccount;
        uint32_t first = 0;  // into amounts and committed
        uint32_t counters = 0;
        bool is_dirty = false;
    };
    std::vector<AccountIndex> members;  // whose open_pane it was, each once
    std::vector<Entry> entries;
    std::vector<Int128> amounts;
    std::vector<Int128> committed;  // the part of amounts that the store has
    std::vector<uint32_t> dirty;    // entries with something uncommitted

    // The account's entry, made with `counters` zero amounts where there is none.
    uint32_t entry_of(AccountIndex account, uint32_t counters);
    // The same for an account that is known to have none. Nearly all entries are made like this,
    // when an account goes on to a higher pane, and are never looked for again.
    uint32_t add_entry(AccountIndex account, uint32_t counters);
    void mark_dirty(uint32_t entry) {
        if (!entries[entry].is_dirty) {
            entries[entry].is_dirty = true;
            dirty.push_back(entry);
        }
    }

  private:
    absl::flat_hash_map<AccountIndex, uint32_t> by_account_;  // the first indexed_ entries
    uint32_t indexed_ = 0;
};

// The panes at and after C, by number.
using OpenPanes = std::map<int64_t, OpenPane>;

}  // namespace spantoll::window
