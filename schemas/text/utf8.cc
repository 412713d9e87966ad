#include "schemas/text/utf8.h"

#include <array>
#include <cstdint>

namespace spantoll {
namespace {

uint8_t byte_at(std::string_view text, size_t at) {
    return static_cast<uint8_t>(text[at]);
}

size_t length_told_by(uint8_t lead) {
    return lead < 0x80                    ? 1
           : lead >= 0xC2 && lead <= 0xDF ? 2
           : lead >= 0xE0 && lead <= 0xEF ? 3
           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                          : 0;
}

}  // namespace

size_t utf8_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const uint8_t lead = byte_at(text, 0);
    const size_t length = length_told_by(lead);
    if (length <= 1 || text.size() < length) {
        return length == 1 ? 1 : 0;
    }
    // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
    const uint8_t second_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t second_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) {
        return 0;
    }
    for (size_t i = 2; i < length; ++i) {
        if ((byte_at(text, i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    return length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

char32_t utf8_character(std::string_view text) {
    constexpr std::array<uint32_t, 5> kLeadBits{0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t character = byte_at(text, 0) & kLeadBits[text.size()];
    for (size_t i = 1; i < text.size(); ++i) {
        character = (character << 6U) | (byte_at(text, i) & 0x3FU);
    }
    return character;
}

}  // namespace spantoll
