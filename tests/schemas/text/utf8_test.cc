#include "schemas/text/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

std::string encode(uint32_t character) {
    const auto continued = [&](unsigned shift) {
        return static_cast<char>(0x80U | ((character >> shift) & 0x3FU));
    };
    if (character < 0x80) {
        return {static_cast<char>(character)};
    }
    if (character < 0x800) {
        return {static_cast<char>(0xC0U | character >> 6U), continued(0)};
    }
    if (character < 0x10000) {
        return {static_cast<char>(0xE0U | character >> 12U), continued(6), continued(0)};
    }
    return {static_cast<char>(0xF0U | character >> 18U), continued(12), continued(6), continued(0)};
}

TEST(Utf8, TakesEveryCharacterButSurrogates) {
    for (uint32_t character = 0; character <= 0x10FFFF; ++character) {
        const std::string text = encode(character);
        const bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
        ASSERT_EQ(utf8_length(text + "x"), is_surrogate ? 0U : text.size()) << character;
        if (!is_surrogate) {
            ASSERT_EQ(static_cast<uint32_t>(utf8_character(text)), character);
        }
    }
}

TEST(Utf8, RefusesOverlongFormsWhatIsCutShortAndWhatLiesBeyond) {
    for (const char* text : {"\x80",
                             "\xbf",
                             "\xc0\x80",
                             "\xc1\xbf",
                             "\xe0\x9f\xbf",
                             "\xf0\x8f\xbf\xbf",
                             "\xf4\x90\x80\x80",
                             "\xf5\x80\x80\x80",
                             "\xff",
                             "\xc3",
                             "\xc3\x28",
                             "\xe2\x82",
                             "\xe2\x82\x28",
                             "\xf0\x9f\x98",
                             "\xf0\x9f\x98\x28"}) {
        EXPECT_EQ(utf8_length(text), 0U) << text;
        EXPECT_FALSE(is_utf8(std::string("a") + text)) << text;
    }
    EXPECT_EQ(utf8_length(""), 0U);
}

TEST(Utf8, ATextIsUtf8ToItsEnd) {
    EXPECT_TRUE(is_utf8(""));
    EXPECT_TRUE(is_utf8("K\u00f6ln \u6771 \U0001F600"));
    EXPECT_FALSE(is_utf8("K\u00f6ln \xff"));
}

}  // namespace
}  // namespace spantoll
