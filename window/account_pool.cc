#include "window/account_pool.h"

#include <new>

#include "schemas/memory/huge_pages.h"

namespace spantoll::window {
namespace {

// A huge page is zeroed as a whole when it is first touched, which is not worth it for a handful of
// accounts.
constexpr size_t kAccountsForHugePages = 1'024;

}  // namespace

AccountPool::~AccountPool() {
    for (size_t i = 0; i < size_; ++i) {
        (*this)[static_cast<AccountIndex>(i)].~Account();
    }
    for (Chunk* chunk : chunks_) {
        free_huge(chunk, sizeof(Chunk));
    }
    for (BufferedUsage* usages : usages_) {
        if (usages != nullptr) {
            free_huge(usages, kUsageAccounts * sizeof(BufferedUsage));
        }
    }
}

void AccountPool::add() {
    constexpr size_t kBytes = sizeof(Chunk);
    if (size_ == chunks_.size() * kChunkAccounts) {
        void* const memory = chunks_.empty() ? allocate_for_huge(kBytes) : allocate_huge(kBytes);
        chunks_.push_back(static_cast<Chunk*>(memory));
    }
    if (size_ == usages_.size() * kUsageAccounts) {
        usages_.push_back(nullptr);
    }
    if (size_ == kAccountsForHugePages) {
        make_huge(chunks_.front(), kBytes);
    }
    new (&(*this)[static_cast<AccountIndex>(size_)]) Account;
    new (&head(static_cast<AccountIndex>(size_))) AccountHead;
    ++size_;
    notes_.emplace_back();
}

void AccountPool::reset(AccountIndex index) {
    (*this)[index] = Account{};
    head(index) = AccountHead{};
    notes(index) = AccountNotes{};
}

// All zero, which means not used.
BufferedUsage* AccountPool::add_usages(AccountIndex index) {
    constexpr size_t kBytes = kUsageAccounts * sizeof(BufferedUsage);
    BufferedUsage*& usages = usages_[index / kUsageAccounts];
    const bool is_large = size_ >= kAccountsForHugePages;
    void* const memory = is_large ? allocate_huge(kBytes) : allocate_for_huge(kBytes);
    usages = static_cast<BufferedUsage*>(memory);
    return usages;
}

}  // namespace spantoll::window
