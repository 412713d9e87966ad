#include "window/open_panes.h"

namespace spantoll::window {

uint32_t OpenPane::entry_of(AccountIndex account, uint32_t counters) {
    const auto [found, is_new] =
        by_account.try_emplace(account, static_cast<uint32_t>(entries.size()));
    if (is_new) {
        Entry entry;
        entry.account = account;
        entry.first = static_cast<uint32_t>(amounts.size());
        entry.counters = counters;
        entries.push_back(entry);
        amounts.resize(amounts.size() + counters);
        committed.resize(committed.size() + counters);
    }
    return found->second;
}

}  // namespace spantoll::window
