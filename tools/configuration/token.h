#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/settings.h"

namespace spantoll::tools {

// A token of 256 bits takes 64 bytes in hex; a header line takes 8 KiB.
inline constexpr size_t kTokenBytesMax = 4u << 10;

// True where a header can carry `token` as it is: visible ASCII only.
bool is_token_text(std::string_view token);

Sha256 sha256_of(std::string_view text);
// 64 hex digits of either case, and how they are written here: in lower case.
std::optional<Sha256> parse_sha256(std::string_view hex);
std::string to_text(const Sha256& hash);

}  // namespace spantoll::tools
