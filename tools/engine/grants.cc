#include "tools/engine/grants.h"

namespace spantoll::tools {

bool ends_with_its_limit(const Grant& grant,
                         const std::vector<Limit>& was,
                         const std::vector<Limit>& is) {
    const Limit* const before = find_limit(was, grant.limit);
    const Limit* const now = find_limit(is, grant.limit);
    return before == nullptr || now == nullptr || !is_same_limit(*before, *now);
}

void Grants::restore(Grant grant) {
    if (grant.until_ms) {
        ends_.emplace(*grant.until_ms, grant.number);
    }
    sums_[{grant.limit, grant.account}] += grant.amount;
    all_.insert_or_assign(grant.number, std::move(grant));
}

void Grants::add(const Grant& grant) {
    added_.push_back(grant);
    restore(grant);
}

std::optional<Grant> Grants::remove(uint64_t number) {
    const auto found = all_.find(number);
    if (found == all_.end()) {
        return std::nullopt;
    }
    Grant grant = std::move(found->second);
    all_.erase(found);
    if (grant.until_ms) {
        ends_.erase({*grant.until_ms, number});
    }
    sums_[{grant.limit, grant.account}] -= grant.amount;
    // A row that was never committed is not put either.
    if (std::erase_if(added_, [&](const Grant& one) { return one.number == number; }) == 0) {
        removed_.push_back(grant);
    }
    return grant;
}

std::vector<Grant> Grants::remove_ended(int64_t time_ms) {
    std::vector<Grant> ended;
    while (!ends_.empty() && ends_.begin()->first <= time_ms) {
        ended.push_back(*remove(ends_.begin()->second));
    }
    return ended;
}

std::optional<int64_t> Grants::next_end_ms() const {
    return ends_.empty() ? std::nullopt : std::optional(ends_.begin()->first);
}

Int128 Grants::added_to(const Target& target) const {
    const auto found = sums_.find(target);
    return found == sums_.end() ? 0 : found->second;
}

}  // namespace spantoll::tools
