#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spantoll {

// "did you mean \"lateness\"?" where one of `known` is near, else "known are a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace spantoll
