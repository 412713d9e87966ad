#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll {

// GCC's 128-bit integers, spelled once here because -Wpedantic objects to the keyword.
__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

// Decimal text of a value, with a leading '-' where negative.
std::string to_text(Int128 value);

// The inverse: an optional '-' and 1..39 digits. Empty where the text is anything else or does
// not fit.
std::optional<Int128> parse_int128(std::string_view text);

// numerator / denominator rounded half to even. denominator > 0.
Int128 divide_half_even(Int128 numerator, Int128 denominator);

}  // namespace spantoll
