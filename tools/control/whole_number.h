#pragma once

#include <optional>
#include <string_view>

#include "schemas/int128.h"

namespace spantoll::tools {

// The whole number that a number of JSON is, however it is written: 5, 5.0, 1e3, -12.50e2. Exact.
// Empty where it is not whole, does not fit, or is not a number of JSON.
std::optional<Int128> parse_whole_number(std::string_view json);

}  // namespace spantoll::tools
