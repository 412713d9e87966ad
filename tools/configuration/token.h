#pragma once

#include <cstddef>
#include <string_view>

namespace spantoll::tools {

// A token of 256 bits takes 64 bytes in hex; a header line takes 8 KiB.
inline constexpr size_t kTokenBytesMax = 4u << 10;

// True where a header can carry `token` as it is: visible ASCII only.
bool is_token_text(std::string_view token);

}  // namespace spantoll::tools
