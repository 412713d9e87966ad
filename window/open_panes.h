#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <map>
#include <vector>

#include "window/account.h"

namespace spantoll::window {

// One open pane: what each account's counters took in, and how much of it has been committed.
struct OpenPane {
    struct Entry {
        AccountIndex account = kNoAccount;
        uint32_t first = 0;  // into amounts and committed
        uint32_t counters = 0;
        bool is_dirty = false;
    };
    std::vector<Entry> entries;
    std::vector<Int128> amounts;
    std::vector<Int128> committed;
    std::vector<uint32_t> dirty;  // entries with something uncommitted
    absl::flat_hash_map<AccountIndex, uint32_t> by_account;

    // The account's entry, made with `counters` zero amounts where there is none.
    uint32_t entry_of(AccountIndex account, uint32_t counters);
    void mark_dirty(uint32_t entry) {
        if (!entries[entry].is_dirty) {
            entries[entry].is_dirty = true;
            dirty.push_back(entry);
        }
    }
};

// The panes at and after C, by number.
using OpenPanes = std::map<int64_t, OpenPane>;

}  // namespace spantoll::window
