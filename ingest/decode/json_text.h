#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// Texts of JSON that simdjson gives up, and the whole document with them: what producers write who
// cut a text in the middle of a character. Such a text costs no other text anything; of use to
// decode_json*.cc alone.
namespace spantoll::ingest {

// Stands for each byte that is no UTF-8, and for each half of a surrogate pair ("\ud83d" without
// its other half). DEL, which no good name holds: so a name is judged as FlatBuffers' names with
// broken bytes are, and a text that nobody keeps makes no difference.
inline constexpr char kNoCharacter = '\x7F';

// Puts kNoCharacter in the place of every byte of `document` that is not a part of a UTF-8
// sequence; returns how many there were. Quotation marks and backslashes stay where they are.
size_t replace_broken_bytes(std::span<char> document);

// `written` without its escapes, in `out`, which has room for as many bytes as `written` has. Empty
// where an escape is none of JSON's (RFC 8259 section 7).
std::optional<std::string_view> unescape_text(std::string_view written, uint8_t* out);

}  // namespace spantoll::ingest
