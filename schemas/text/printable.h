#pragma once

#include <string>
#include <string_view>

namespace spantoll {

// `text` as a person may read it on a terminal: what would steer the terminal or change the order
// of what is shown is written as its code point: what is_unprintable() names. Bytes that are no
// UTF-8 are written one by one.
//   printable("a\x1b[31mb") == "a\\u{1b}[31mb",  printable("a\xff") == "a\\x{ff}"
// For messages and tables, not for JSON or what a program reads back: '\' itself stays as it is.
std::string printable(std::string_view text);

// The same for a text of several lines, whose line ends stay.
std::string printable_lines(std::string_view text);

// Control characters (Cc: C0, DEL and C1), formats (Cf: bidi overrides, zero-width characters, byte
// order marks, tags), and the separators of lines and paragraphs. JSON escapes them too.
bool is_unprintable(char32_t character);

}  // namespace spantoll
