#include "schemas/json_text.h"

#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "schemas/printable.h"

namespace spantoll {
namespace {

// As \u001b; a character beyond U+FFFF as the two halves that JSON wants.
void append_escape(std::string& out, char32_t character) {
    const auto value = static_cast<uint32_t>(character);
    if (value < 0x10000) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", value);
        return;
    }
    const uint32_t offset = value - 0x10000;
    fmt::format_to(std::back_inserter(out),
                   "\\u{:04x}\\u{:04x}",
                   0xD800 + (offset >> 10),
                   0xDC00 + (offset & 0x3FFU));
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

size_t utf8_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return 1;
    }
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) {
        return 0;
    }
    for (size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) {
            return 0;
        }
    }
    const auto second = static_cast<unsigned char>(text[1]);
    const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool is_surrogate = first == 0xED && second > 0x9F;
    const bool is_beyond = first == 0xF4 && second > 0x8F;
    return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

void append_json_string(std::string& out, std::string_view text) {
    out.push_back('"');
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text[0]);
        const size_t length = utf8_length(text);
        if (first == '"' || first == '\\') {
            out.push_back('\\');
            out.push_back(text[0]);
        } else if (first == '\n') {
            out += "\\n";
        } else if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (is_unprintable(utf8_character(text.substr(0, length)))) {
            append_escape(out, utf8_character(text.substr(0, length)));
        } else {
            out.append(text.substr(0, length));
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out.push_back('"');
}

}  // namespace spantoll
