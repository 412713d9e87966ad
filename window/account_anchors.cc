#include "window/account_anchors.h"

namespace spantoll::window {

std::optional<int64_t> AccountAnchors::find(AccountIndex index, uint32_t window) const {
    const auto known = by_account_.find({index, window});
    return known == by_account_.end() ? std::nullopt : std::optional(known->second);
}

int64_t AccountAnchors::find_or_begin(AccountIndex index, uint32_t window, int64_t time_ms) {
    const auto [known, is_new] = by_account_.try_emplace({index, window}, time_ms);
    if (is_new) {
        changes_[{accounts_.text(index), window}] = time_ms;
    }
    return known->second;
}

void AccountAnchors::forget(AccountIndex index) {
    for (const uint32_t window : plans_.per_account_windows()) {
        if (by_account_.erase({index, window}) != 0) {
            changes_[{accounts_.text(index), window}] = std::nullopt;
        }
    }
}

std::vector<AccountAnchors::Change> AccountAnchors::take_changes() {
    std::vector<Change> all;
    for (const auto& [of, anchor_ms] : changes_) {
        all.push_back({of.first, of.second, anchor_ms});
    }
    changes_.clear();
    return all;
}

}  // namespace spantoll::window
