#include "tools/control/command_members.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "schemas/text/suggestion.h"

namespace spantoll::tools {

std::vector<std::string> wrong_members(
    const std::vector<std::pair<std::string, std::string>>& members,
    std::span<const std::string_view> known) {
    std::vector<std::string> reasons;
    std::set<std::string_view> seen;
    std::set<std::string_view> repeated;
    for (const auto& [name, value] : members) {
        if (!seen.insert(name).second) {
            if (repeated.insert(name).second) {
                reasons.push_back(fmt::format("\"{}\" stands twice: write it once", name));
            }
        } else if (std::ranges::find(known, name) == known.end()) {
            reasons.push_back(fmt::format(
                "unknown member \"{}\": {}", name, suggestion(name, {known.begin(), known.end()})));
        }
    }
    return reasons;
}

}  // namespace spantoll::tools
