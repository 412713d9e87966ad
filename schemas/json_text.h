#pragma once

#include <string>
#include <string_view>

namespace spantoll {

// Appends a JSON string with its quotation marks: '"', '\' and what is_unprintable() names
// are escaped, and bytes that are no UTF-8 become U+FFFD. So the output is JSON
// whatever came in, and a name in it can neither give a terminal commands nor end a reader's line.
void append_json_string(std::string& out, std::string_view text);

// Length of the UTF-8 character that `text` begins with (RFC 3629: no overlong forms, no
// surrogates); 0 where it begins with none.
size_t utf8_length(std::string_view text);

}  // namespace spantoll
