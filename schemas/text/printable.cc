#include "schemas/text/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "schemas/text/utf8.h"

namespace spantoll {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Unicode's general categories Cc, Cf, Zl and Zp (15.0), ascending. U+2065, which is not assigned,
// lies among them.
constexpr std::array<Range, 22> kUnprintable{{
    {0x00, 0x1F},       {0x7F, 0x9F},       {0xAD, 0xAD},       {0x600, 0x605},
    {0x61C, 0x61C},     {0x6DD, 0x6DD},     {0x70F, 0x70F},     {0x890, 0x891},
    {0x8E2, 0x8E2},     {0x180E, 0x180E},   {0x200B, 0x200F},   {0x2028, 0x202E},
    {0x2060, 0x206F},   {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB},   {0x110BD, 0x110BD},
    {0x110CD, 0x110CD}, {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0001, 0xE0001}, {0xE0020, 0xE007F},
}};

}  // namespace

bool is_unprintable(char32_t character) {
    const auto* const range = std::ranges::lower_bound(kUnprintable, character, {}, &Range::last);
    return range != kUnprintable.end() && range->first <= character;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0) {
            out += fmt::format("\\x{{{:02x}}}", static_cast<unsigned char>(text[0]));
            text.remove_prefix(1);
            continue;
        }
        const std::string_view character = text.substr(0, length);
        const char32_t value = utf8_character(character);
        if (is_unprintable(value)) {
            out += fmt::format("\\u{{{:x}}}", static_cast<uint32_t>(value));
        } else {
            out += character;
        }
        text.remove_prefix(length);
    }
    return out;
}

std::string printable_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        out += printable(text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        out += '\n';
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace spantoll
