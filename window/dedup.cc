#include "window/dedup.h"

#include <utility>

#include "schemas/event_time.h"

namespace spantoll::window {

Dedup::Dedup(uint64_t ids_max) : ids_max_(ids_max) {}

void Dedup::remember(uint64_t hash, int64_t expiry_pane) {
    while (!seen_.empty() && seen_.size() >= ids_max_) {
        forget_oldest();
    }
    seen_.insert(hash);
    std::vector<uint64_t>& ids = by_expiry_[expiry_pane];
    added_from_.try_emplace(expiry_pane, ids.size());
    ids.push_back(hash);
}

void Dedup::close_below(int64_t first_open_pane) {
    while (!by_expiry_.empty() && by_expiry_.begin()->first < first_open_pane) {
        forget_oldest();
    }
}

int64_t Dedup::oldest_pane() const {
    return by_expiry_.empty() ? kUnset : by_expiry_.begin()->first;
}

std::map<int64_t, std::vector<uint64_t>> Dedup::take_added() {
    std::map<int64_t, std::vector<uint64_t>> added;
    for (const auto& [pane, from] : added_from_) {
        const std::vector<uint64_t>& ids = by_expiry_[pane];
        added.emplace(pane,
                      std::vector<uint64_t>(ids.begin() + static_cast<int64_t>(from), ids.end()));
    }
    added_from_.clear();
    return added;
}

std::vector<int64_t> Dedup::take_forgotten() {
    return std::exchange(forgotten_, {});
}

void Dedup::forget_oldest() {
    const auto oldest = by_expiry_.begin();
    for (const uint64_t hash : oldest->second) {
        seen_.erase(hash);
    }
    forgotten_.push_back(oldest->first);
    added_from_.erase(oldest->first);
    by_expiry_.erase(oldest);
}

}  // namespace spantoll::window
