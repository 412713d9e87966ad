#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace spantoll::tools {

// toml++ makes a table of every part of a key and walks them by recursion, so a file of 100,000
// parts would use up the stack. The longest key that means anything, a Kafka property, has seven
// parts; the deepest value, steps in a limit that stands in an array, has four brackets around it.
// Together, 64 parts in each of 32 brackets, they are some 2,000 calls: half a megabyte of stack.
inline constexpr size_t kKeyPartsMax = 64;
inline constexpr size_t kBracketsMax = 32;

// The first line of a TOML file where one of these bounds is passed; empty where none is. Does not
// ask whether it is TOML otherwise.
std::optional<size_t> line_beyond_depth(std::string_view toml);

}  // namespace spantoll::tools
