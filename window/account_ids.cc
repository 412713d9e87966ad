#include "window/account_ids.h"

#include <utility>

namespace spantoll::window {

void AccountIds::put(uint64_t id, AccountIndex index) {
    std::unique_ptr<Page>& page = pages_[id / kPageIds];
    if (page == nullptr) {
        page = std::make_unique<Page>();
        page->accounts.fill(kNoAccount);
    }
    AccountIndex& place = page->accounts[id % kPageIds];
    page->count += place == kNoAccount ? 1 : 0;
    place = index;
}

void AccountIds::erase(uint64_t id) {
    const auto found = pages_.find(id / kPageIds);
    if (found == pages_.end()) {
        return;
    }
    Page& page = *found->second;
    if (std::exchange(page.accounts[id % kPageIds], kNoAccount) != kNoAccount &&
        --page.count == 0) {
        pages_.erase(found);
    }
}

}  // namespace spantoll::window
