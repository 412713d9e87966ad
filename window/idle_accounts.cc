#include "window/idle_accounts.h"

#include <utility>

namespace spantoll::window {

void IdleAccounts::keep(const std::function<bool(const Offer&)>& is_current) {
    std::vector<Offer> kept;
    for (std::priority_queue<Offer> all = std::exchange(offers_, {}); !all.empty(); all.pop()) {
        if (is_current(all.top())) {
            kept.push_back(all.top());
        }
    }
    offers_ = std::priority_queue<Offer>(std::less<Offer>(), std::move(kept));
}

}  // namespace spantoll::window
