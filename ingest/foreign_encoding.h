#pragma once

#include <string_view>

namespace spantoll::ingest {

// U+FEFF in UTF-8, which some editors and exporters put before a text.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// `text` without the byte order mark that it may begin with.
constexpr std::string_view without_byte_order_mark(std::string_view text) {
    return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

// Bytes that begin as nothing of ours does, but as something that people send by mistake: what it
// is and what to do about it, "is UTF-16: write UTF-8"; empty where nothing is known of them. Told
// by the first bytes (and where JSON has no LF, by its CRs), so ask only where the bytes could not
// be read as what they should be.
std::string_view foreign_encoding(std::string_view bytes);

}  // namespace spantoll::ingest
