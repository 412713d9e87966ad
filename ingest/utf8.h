#pragma once

#include <cstddef>
#include <string_view>

namespace spantoll::ingest {

// Bytes of the UTF-8 sequence at the beginning of `text`, which is not empty; 0 where there is none
// (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
size_t utf8_sequence_size(std::string_view text);

// Is all of `text` UTF-8?
bool is_utf8(std::string_view text);

}  // namespace spantoll::ingest
