#include "window/account_pool.h"

#include <new>

#include "schemas/huge_pages.h"

namespace spantoll::window {
namespace {

// A huge page is zeroed whole when first touched: not worth it for a handful of accounts.
constexpr size_t kAccountsForHugePages = 1'024;

}  // namespace

AccountPool::~AccountPool() {
    for (size_t i = 0; i < size_; ++i) {
        (*this)[static_cast<AccountIndex>(i)].~Account();
    }
    for (Chunk* chunk : chunks_) {
        free_huge(chunk, sizeof(Chunk));
    }
}

void AccountPool::add() {
    constexpr size_t kBytes = sizeof(Chunk);
    if (size_ == chunks_.size() * kChunkAccounts) {
        void* const memory = chunks_.empty() ? allocate_for_huge(kBytes) : allocate_huge(kBytes);
        chunks_.push_back(static_cast<Chunk*>(memory));
    }
    if (size_ == kAccountsForHugePages) {
        make_huge(chunks_.front(), kBytes);
    }
    new (&(*this)[static_cast<AccountIndex>(size_)]) Account;
    new (&tally(static_cast<AccountIndex>(size_))) Tally;
    ++size_;
    notes_.emplace_back();
}

}  // namespace spantoll::window
