#pragma once

#include <string>
#include <string_view>

namespace spantoll {

// Appends a JSON string with its quotation marks: '"', '\' and control bytes are escaped, and bytes
// that are no UTF-8 become U+FFFD, so that the output is JSON whatever came in.
void append_json_string(std::string& out, std::string_view text);

// Length of the UTF-8 character that `text` begins with (RFC 3629: no overlong forms, no
// surrogates); 0 where it begins with none.
size_t utf8_length(std::string_view text);

}  // namespace spantoll
