#include "window/account_pool.h"

#include <new>
#include <sys/mman.h>

namespace spantoll::window {
namespace {

constexpr std::align_val_t kHugePage{2u << 20};
// A huge page is zeroed whole when first touched: not worth it for a handful of accounts.
constexpr size_t kAccountsForHugePages = 1'024;

}  // namespace

AccountPool::~AccountPool() {
    for (size_t i = 0; i < size_; ++i) {
        (*this)[static_cast<AccountIndex>(i)].~Account();
    }
    for (Chunk* chunk : chunks_) {
        ::operator delete(chunk, kHugePage);
    }
}

void AccountPool::add() {
    constexpr size_t kBytes = sizeof(Chunk);
    const bool is_chunk_full = size_ == chunks_.size() * kChunkAccounts;
    if (is_chunk_full) {
        chunks_.push_back(static_cast<Chunk*>(::operator new(kBytes, kHugePage)));
    }
    if (size_ == kAccountsForHugePages || (is_chunk_full && size_ > 0)) {
        // A wish: whatever it says, the memory is there.
        ::madvise(chunks_.back(), kBytes, MADV_HUGEPAGE);
    }
    new (&(*this)[static_cast<AccountIndex>(size_)]) Account;
    new (&tally(static_cast<AccountIndex>(size_))) Tally;
    ++size_;
    notes_.emplace_back();
}

}  // namespace spantoll::window
