#include "schemas/ancestors.h"

#include <algorithm>

namespace spantoll {

std::vector<std::string> ancestors_of(
    const std::map<std::string, std::vector<std::string>>& parents, std::string_view account) {
    std::vector<std::string> all;
    const auto add_parents_of = [&](const std::string& child) {
        const auto found = parents.find(child);
        if (found == parents.end()) {
            return;
        }
        for (const std::string& parent : found->second) {
            if (std::find(all.begin(), all.end(), parent) == all.end()) {
                all.push_back(parent);
            }
        }
    };
    add_parents_of(std::string(account));
    for (size_t at = 0; at < all.size(); ++at) {
        add_parents_of(std::string(all[at]));  // a copy: `all` moves when it grows
    }
    return all;
}

}  // namespace spantoll
