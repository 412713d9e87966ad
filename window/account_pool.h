#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "window/account.h"

namespace spantoll::window {

// Accounts by index, at addresses that never change. They lie side by side in chunks for which the
// kernel is asked for huge pages, because a charge goes anywhere among all of them.
class AccountPool {
  public:
    AccountPool() = default;
    ~AccountPool();
    AccountPool(const AccountPool&) = delete;
    AccountPool& operator=(const AccountPool&) = delete;

    // A new account at index size().
    void add();
    size_t size() const { return size_; }

    Account& operator[](AccountIndex index) {
        return chunks_[index / kChunkAccounts][index % kChunkAccounts];
    }
    const Account& operator[](AccountIndex index) const {
        return chunks_[index / kChunkAccounts][index % kChunkAccounts];
    }
    AccountNotes& notes(AccountIndex index) { return notes_[index]; }
    const AccountNotes& notes(AccountIndex index) const { return notes_[index]; }

    // Fetches into the cache what a charge of the account touches: all of its first lines
    // but the one with ingress, late, unpriced and usage, as far as one period is open.
    void prefetch(AccountIndex index) const {
        const char* begin = reinterpret_cast<const char*>(&(*this)[index]);
        __builtin_prefetch(begin, 1);
        __builtin_prefetch(begin + kCacheLine, 1);
        __builtin_prefetch(begin + 3 * kCacheLine, 1);
    }
    // Fetches all of it, for a closing.
    void prefetch_whole(AccountIndex index) const {
        const char* begin = reinterpret_cast<const char*>(&(*this)[index]);
        for (size_t at = 0; at < sizeof(Account); at += kCacheLine) {
            __builtin_prefetch(begin + at, 1);
        }
    }

  private:
    static constexpr size_t kChunkAccounts = 16'384;
    static constexpr size_t kCacheLine = 64;
    std::vector<Account*> chunks_;
    std::deque<AccountNotes> notes_;
    size_t size_ = 0;
};

}  // namespace spantoll::window
