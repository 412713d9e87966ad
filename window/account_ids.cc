#include "window/account_ids.h"

#include <utility>

namespace spantoll::window {

void AccountIds::put(AccountId id, AccountIndex index) {
    const uint64_t number = id.number / kPageIds;
    std::unique_ptr<Page>& page = pages_[number];
    if (page == nullptr) {
        page = std::make_unique<Page>();
        page->number = number;
        page->accounts.fill(kNoAccount);
        known_[number % kKnown] = page.get();
    }
    AccountIndex& entry = page->accounts[id.number % kPageIds];
    page->count += entry == kNoAccount ? 1 : 0;
    entry = index;
}

void AccountIds::erase(AccountId id) {
    Page* const page = find_page(id.number / kPageIds);
    if (page == nullptr ||
        std::exchange(page->accounts[id.number % kPageIds], kNoAccount) == kNoAccount) {
        return;
    }
    if (--page->count == 0) {
        Page*& known = known_[page->number % kKnown];
        known = known == page ? nullptr : known;
        pages_.erase(page->number);
    }
}

AccountIds::Page* AccountIds::find_page(uint64_t number) const {
    const auto found = pages_.find(number);
    return found == pages_.end() ? nullptr : found->second.get();
}

}  // namespace spantoll::window
