#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spantoll {

// How many an account may have: every span charges all of them.
inline constexpr size_t kAncestorsMax = 64;

// All accounts above `account`, each once: its parents in the order in which they are configured,
// then theirs. `parents` is the configuration's: account -> accounts, without circles.
std::vector<std::string> ancestors_of(
    const std::map<std::string, std::vector<std::string>>& parents, std::string_view account);

}  // namespace spantoll
