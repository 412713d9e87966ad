#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

// Texts of JSON that simdjson gives up, and the whole document with them: what producers write who
// cut a text in the middle of a character. Such a text costs no other text anything; of use to
// json*.cc alone.
namespace spantoll::ingest {

// Replaces each byte that is not UTF-8, and each half of a surrogate pair without its other half
// ("\ud83d"). It is DEL, which no good name holds, so that such a name is judged like a name with
// broken bytes in FlatBuffers; in a text that nobody keeps it makes no difference.
inline constexpr char kNoCharacter = '\x7F';

// Replaces every byte of `document` that is not part of a UTF-8 sequence by kNoCharacter, and
// returns how many there were. Quotation marks and backslashes stay where they are.
size_t replace_broken_bytes(std::span<char> document);

// Resolves the escapes of `written` into `out`, which must have room for as many bytes as
// `written`. Empty where an escape is not one of JSON (RFC 8259 section 7).
std::optional<std::string_view> unescape_text(std::string_view written, uint8_t* out);

}  // namespace spantoll::ingest
