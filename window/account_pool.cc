#include "window/account_pool.h"

#include <new>
#include <sys/mman.h>

namespace spantoll::window {
namespace {

constexpr std::align_val_t kHugePage{2u << 20};

}  // namespace

AccountPool::~AccountPool() {
    for (size_t i = 0; i < size_; ++i) {
        (*this)[static_cast<AccountIndex>(i)].~Account();
    }
    for (Account* chunk : chunks_) {
        ::operator delete(chunk, kHugePage);
    }
}

void AccountPool::add() {
    if (size_ == chunks_.size() * kChunkAccounts) {
        constexpr size_t kBytes = kChunkAccounts * sizeof(Account);
        void* bytes = ::operator new(kBytes, kHugePage);
        ::madvise(bytes, kBytes, MADV_HUGEPAGE);  // a wish: whatever it says, the memory is there
        chunks_.push_back(static_cast<Account*>(bytes));
    }
    new (&(*this)[static_cast<AccountIndex>(size_)]) Account;
    ++size_;
    notes_.emplace_back();
}

}  // namespace spantoll::window
