#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "schemas/prefetch.h"
#include "window/account.h"
#include "window/tally.h"

namespace spantoll::window {

// Accounts by index, at addresses that never change. Their tallies lie side by side, and so do
// they, in chunks for which the kernel is asked for huge pages, because a charge goes anywhere
// among all of them.
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
        return chunks_[index / kChunkAccounts]->accounts[index % kChunkAccounts];
    }
    const Account& operator[](AccountIndex index) const {
        return chunks_[index / kChunkAccounts]->accounts[index % kChunkAccounts];
    }
    Tally& tally(AccountIndex index) {
        return chunks_[index / kChunkAccounts]->tallies[index % kChunkAccounts];
    }
    const Tally& tally(AccountIndex index) const {
        return chunks_[index / kChunkAccounts]->tallies[index % kChunkAccounts];
    }
    AccountNotes& notes(AccountIndex index) { return notes_[index]; }
    const AccountNotes& notes(AccountIndex index) const { return notes_[index]; }

    // Fetches into the cache what nearly every charge touches,
    void prefetch_tally(AccountIndex index) const { prefetch_line(&tally(index)); }
    // what one does that the tally does not take in,
    void prefetch_charge(AccountIndex index) const { prefetch_lines(index, 4); }
    // and, of that, what a closing does.
    void prefetch_closing(AccountIndex index) const { prefetch_lines(index, 3); }

  private:
    static constexpr size_t kChunkAccounts = 16'384;

    // The first lines of an Account.
    void prefetch_lines(AccountIndex index, size_t lines) const {
        const char* begin = reinterpret_cast<const char*>(&(*this)[index]);
        for (size_t line = 0; line < lines; ++line) {
            prefetch_line(begin + line * kCacheLineBytes);
        }
    }

    struct Chunk {
        Tally tallies[kChunkAccounts];
        Account accounts[kChunkAccounts];
    };
    std::vector<Chunk*> chunks_;
    std::deque<AccountNotes> notes_;
    size_t size_ = 0;
};

}  // namespace spantoll::window
