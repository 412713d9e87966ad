#pragma once

#include <string_view>

namespace spantoll::ingest {

// U+FEFF in UTF-8, which some editors and exporters write at the beginning of a text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// `text` without its byte order mark, if it begins with one.
constexpr std::string_view without_byte_order_mark(std::string_view text) {
    return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// Recognises bytes in an encoding that people send by mistake, and says what they are and what to
// do, e.g. "is UTF-16: write UTF-8". Empty where the encoding is not recognised. It looks at the
// first bytes only (and, in JSON without an LF, at the CRs), so ask only where the bytes could not
// be read in the expected format.
std::string_view foreign_encoding(std::string_view bytes);

}  // namespace spantoll::ingest
