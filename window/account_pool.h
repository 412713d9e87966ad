#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "schemas/memory/prefetch.h"
#include "window/account.h"
#include "window/account_head.h"

namespace spantoll::window {

// Accounts by index, at addresses that never change. Their heads lie side by side, and so do they,
// in chunks for which the kernel is asked for huge pages, because a charge goes anywhere among all
// of them. What only usage needs lies apart, and takes memory where an account has some.
//
// All parts of the ledger share it; which field is whose stands with the fields.
class AccountPool {
  public:
    AccountPool() = default;
    ~AccountPool();
    AccountPool(const AccountPool&) = delete;
    AccountPool& operator=(const AccountPool&) = delete;

    // A new account at index size().
    void add();
    // An account as add() makes it, instead of the one that was there.
    void reset(AccountIndex index);
    size_t size() const { return size_; }

    Account& operator[](AccountIndex index) {
        return chunks_[index / kChunkAccounts]->accounts[index % kChunkAccounts];
    }
    const Account& operator[](AccountIndex index) const {
        return chunks_[index / kChunkAccounts]->accounts[index % kChunkAccounts];
    }
    AccountHead& head(AccountIndex index) {
        return chunks_[index / kChunkAccounts]->heads[index % kChunkAccounts];
    }
    const AccountHead& head(AccountIndex index) const {
        return chunks_[index / kChunkAccounts]->heads[index % kChunkAccounts];
    }
    BufferedUsage& usage(AccountIndex index) {
        BufferedUsage* const chunk = usages_[index / kUsageAccounts];
        return (chunk != nullptr ? chunk : add_usages(index))[index % kUsageAccounts];
    }
    AccountNotes& notes(AccountIndex index) { return notes_[index]; }
    const AccountNotes& notes(AccountIndex index) const { return notes_[index]; }
    const std::string& text(AccountIndex index) const { return notes_[index].text; }
    // None where the slot is free.
    AccountId id(AccountIndex index) const { return head(index).id; }
    // Whether the account at an index is still the one with this id.
    bool is_current(AccountIndex index, AccountId id) const { return head(index).id == id; }

    // Fetches into the cache what nearly every charge touches.
    void prefetch_head(AccountIndex index) const { prefetch_line(&head(index)); }
    // What a charge with usage touches besides.
    void prefetch_usage(AccountIndex index) const {
        if (const BufferedUsage* const chunk = usages_[index / kUsageAccounts]) {
            prefetch_line(chunk + index % kUsageAccounts);
        }
    }
    // What a charge touches that the buffer does not take.
    void prefetch_charge(AccountIndex index) const { prefetch_lines(index, 4); }
    // What a charge adds usage to, where that was charged before; reads the account.
    void prefetch_usage_totals(AccountIndex index) const {
        for (const OpenPeriod& period : (*this)[index].periods) {
            const std::vector<UsageTotal>& usage = period.totals.usage;
            if (!usage.empty()) {
                prefetch_line(&usage.front());
                prefetch_line(&usage.back());
            }
        }
    }
    // What a closing touches.
    void prefetch_closing(AccountIndex index) const { prefetch_lines(index, 3); }

  private:
    static constexpr size_t kChunkAccounts = 16'384;
    static constexpr size_t kUsageAccounts = 32'768;  // 2 MiB: a huge page

    BufferedUsage* add_usages(AccountIndex index);
    // The first lines of an Account.
    void prefetch_lines(AccountIndex index, size_t lines) const {
        const char* begin = reinterpret_cast<const char*>(&(*this)[index]);
        for (size_t line = 0; line < lines; ++line) {
            prefetch_line(begin + line * kCacheLineBytes);
        }
    }

    struct Chunk {
        AccountHead heads[kChunkAccounts];
        Account accounts[kChunkAccounts];
    };
    std::vector<Chunk*> chunks_;
    std::vector<BufferedUsage*> usages_;  // by kUsageAccounts; nullptr: none of them has usage
    std::deque<AccountNotes> notes_;
    size_t size_ = 0;
};

// Calls for each index of a list, in order, after `prefetch` was called for the one `kAhead` behind
// it: memory answers several requests at once.
template <size_t kAhead, class List, class Prefetch, class Visit>
void visit_ahead(const List& list, Prefetch&& prefetch, Visit&& visit) {
    for (size_t i = 0; i < list.size(); ++i) {
        if (i + kAhead < list.size()) {
            prefetch(list[i + kAhead]);
        }
        visit(list[i]);
    }
}

}  // namespace spantoll::window
