#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace spantoll::tools {

// toml++ makes a table for every part of a key and walks them by recursion, so a file with 100,000
// parts would use up the stack. The longest meaningful key, a Kafka property, has seven parts. The
// deepest value, the steps of a limit in an array, has four brackets around it. 64 parts in each of
// 32 brackets are about 2,000 calls: half a megabyte of stack.
inline constexpr size_t kKeyPartsMax = 64;
inline constexpr size_t kBracketsMax = 32;

// The first line of a TOML file that exceeds one of these bounds; empty where none does. Does not
// check whether the file is valid TOML.
std::optional<size_t> line_beyond_depth(std::string_view toml);

}  // namespace spantoll::tools
