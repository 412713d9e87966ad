#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "window/account.h"

namespace spantoll::window {

// Accounts of one kind that may have to give way to a name beyond the cap, the newest first. All
// accounts that have spent nothing are in it, and some that spent or left after they were offered:
// whoever takes one must check. Which one is the newest follows from the ids alone, so it is the
// same after a restart, whatever the order in which they were offered.
class IdleAccounts {
  public:
    struct Offer {
        AccountId id;
        AccountIndex account = kNoAccount;
        auto operator<=>(const Offer&) const = default;
    };

    void put(const Offer& offer) { offers_.push(offer); }
    bool is_empty() const { return offers_.empty(); }
    size_t size() const { return offers_.size(); }
    const Offer& newest() const { return offers_.top(); }
    void drop_newest() { offers_.pop(); }
    // Drops those that are not current; called when most of them have left.
    void keep(const std::function<bool(const Offer&)>& is_current);

  private:
    std::priority_queue<Offer> offers_;
};

}  // namespace spantoll::window
