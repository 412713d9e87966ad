#include "schemas/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "schemas/json_text.h"

namespace spantoll {
namespace {

using Range = std::pair<uint32_t, uint32_t>;

// First and last of each run, ascending: general categories Cc, Zl and Zp, and those characters of
// Cf that show nothing themselves (Unicode 15).
constexpr std::array<Range, 16> kHidden{{
    {0x00, 0x1F},
    {0x7F, 0x9F},
    {0xAD, 0xAD},
    {0x61C, 0x61C},
    {0x180E, 0x180E},
    {0x200B, 0x200F},
    {0x2028, 0x202E},
    {0x2060, 0x2064},
    {0x2066, 0x206F},
    {0xFEFF, 0xFEFF},
    {0xFFF9, 0xFFFB},
    {0x13430, 0x1343F},
    {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A},
    {0xE0001, 0xE0001},
    {0xE0020, 0xE007F},
}};

bool is_hidden(uint32_t code_point) {
    const auto run = std::ranges::lower_bound(kHidden, code_point, {}, &Range::second);
    return run != kHidden.end() && run->first <= code_point;
}

// Of a character that utf8_length() has measured.
uint32_t code_point_of(std::string_view character) {
    constexpr std::array<uint32_t, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code_point = static_cast<unsigned char>(character[0]) & kLeadBits[character.size()];
    for (const char c : character.substr(1)) {
        code_point = (code_point << 6U) | (static_cast<unsigned char>(c) & 0x3FU);
    }
    return code_point;
}

}  // namespace

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
        const uint32_t code_point = code_point_of(character);
        if (is_hidden(code_point)) {
            out += fmt::format("\\u{{{:x}}}", code_point);
        } else {
            out += character;
        }
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace spantoll
