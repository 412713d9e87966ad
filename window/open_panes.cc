#include "window/open_panes.h"

namespace spantoll::window {

uint32_t OpenPane::entry_of(AccountIndex account, uint32_t counters) {
    for (; indexed_ < entries.size(); ++indexed_) {
        by_account_.emplace(entries[indexed_].account, indexed_);
    }
    const auto found = by_account_.find(account);
    return found == by_account_.end() ? add_entry(account, counters) : found->second;
}

uint32_t OpenPane::add_entry(AccountIndex account, uint32_t counters) {
    Entry entry;
    entry.account = account;
    entry.first = static_cast<uint32_t>(amounts.size());
    entry.counters = counters;
    entries.push_back(entry);
    for (uint32_t i = 0; i < counters; ++i) {
        amounts.push_back(0);
        committed.push_back(0);
    }
    return static_cast<uint32_t>(entries.size() - 1);
}

}  // namespace spantoll::window
