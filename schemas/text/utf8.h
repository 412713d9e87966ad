#pragma once

#include <cstddef>
#include <string_view>

namespace spantoll {

// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none (RFC 3629:
// shortest form, no surrogates, up to U+10FFFF) or is empty.
size_t utf8_length(std::string_view text);

// Whether all of `text` is UTF-8.
bool is_utf8(std::string_view text);

// The character of `text`, which is one as utf8_length() measured it.
char32_t utf8_character(std::string_view text);

}  // namespace spantoll
