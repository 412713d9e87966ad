#include "tools/feed/feed_random.h"

#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"

namespace spantoll::tools {

NamePool::NamePool(std::vector<std::string> names, const std::vector<double>& weights)
    : names_(std::move(names)), slots_(names_.size()) {
    CHECK(!names_.empty() && names_.size() == weights.size(), "one weight for every name");
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<double> shares(names_.size());  // 1 on average; a slot takes exactly 1
    std::vector<uint32_t> small;
    std::vector<uint32_t> large;
    for (uint32_t i = 0; i < names_.size(); ++i) {
        shares[i] = weights[i] / sum * static_cast<double>(names_.size());
        (shares[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
        const uint32_t filled = small.back();
        const uint32_t giver = large.back();
        small.pop_back();
        slots_[filled] = {.keep = shares[filled], .other = giver};
        shares[giver] -= 1 - shares[filled];
        if (shares[giver] < 1) {
            large.pop_back();
            small.push_back(giver);
        }
    }
}

NamePool NamePool::zipf(std::vector<std::string> names, double exponent) {
    std::vector<double> weights(names.size());
    for (size_t i = 0; i < weights.size(); ++i) {
        weights[i] = 1 / std::pow(static_cast<double>(i + 1), exponent);
    }
    return {std::move(names), weights};
}

std::vector<std::string> NamePool::numbered(std::string_view prefix,
                                            size_t count,
                                            std::string_view suffix) {
    std::vector<std::string> names;
    names.reserve(count);
    for (size_t i = 1; i <= count; ++i) {
        names.push_back(fmt::format("{}{:05}{}", prefix, i, suffix));
    }
    return names;
}

size_t NamePool::pick_index(FeedRandom& random) const {
    const size_t index = random.below(slots_.size());
    return random.chance(slots_[index].keep) ? index : slots_[index].other;
}

}  // namespace spantoll::tools
