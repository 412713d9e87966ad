#pragma once

#include <string>
#include <string_view>

namespace spantoll {

// ASCII letters lowered, every other byte as it is.
std::string lower_case(std::string_view text);

}  // namespace spantoll
