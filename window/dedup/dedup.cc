#include "window/dedup/dedup.h"

#include <utility>

namespace spantoll::window {

Dedup::Dedup(uint64_t ids_max) : ids_max_(ids_max) {}

void Dedup::remember(uint64_t hash, Pane expiry_pane) {
    if (last_ == panes_.end() || last_->first != expiry_pane) {  // nearly always of the same
        last_ = panes_.try_emplace(expiry_pane).first;
    }
    last_->second.added.push_back(hash);
}

void Dedup::restore(Pane expiry_pane, std::span<const uint64_t> hashes) {
    for (const uint64_t hash : hashes) {
        ids_.insert(hash);
    }
    panes_[expiry_pane].is_stored = true;
}

Pane Dedup::oldest_pane() const {
    return panes_.empty() ? kUnsetPane : panes_.begin()->first;
}

bool Dedup::is_stored(Pane expiry_pane) const {
    const auto found = panes_.find(expiry_pane);
    return found != panes_.end() && found->second.is_stored;
}

void Dedup::erase(std::span<const uint64_t> hashes) {
    constexpr size_t kAhead = 16;
    constexpr size_t kNextAhead = 8;
    for (size_t i = 0; i < hashes.size(); ++i) {
        if (i + kAhead < hashes.size()) {
            ids_.prefetch(hashes[i + kAhead]);
        }
        if (i + kNextAhead < hashes.size()) {
            ids_.prefetch_next(hashes[i + kNextAhead]);
        }
        ids_.erase(hashes[i]);
    }
}

void Dedup::forget(Pane expiry_pane) {
    const auto found = panes_.find(expiry_pane);
    if (found == panes_.end()) {
        return;
    }
    erase(found->second.added);
    panes_.erase(found);
    last_ = panes_.end();
    forgotten_.push_back(expiry_pane);
    ids_.shrink();
}

std::map<Pane, std::vector<uint64_t>> Dedup::take_added() {
    std::map<Pane, std::vector<uint64_t>> added;
    for (auto& [expiry_pane, pane] : panes_) {
        if (!pane.added.empty()) {
            added.emplace(expiry_pane, std::exchange(pane.added, {}));
            pane.is_stored = true;
        }
    }
    return added;
}

std::vector<Pane> Dedup::take_forgotten() {
    return std::exchange(forgotten_, {});
}

}  // namespace spantoll::window
