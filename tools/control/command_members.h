#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spantoll::tools {

// What is wrong with the members that the body of a command has, as json_members() gives them: one
// that is not known, and one that stands twice, of which readers of JSON take either.
std::vector<std::string> wrong_members(
    const std::vector<std::pair<std::string, std::string>>& members,
    std::span<const std::string_view> known);

}  // namespace spantoll::tools
