#include "schemas/text/printable.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

TEST(Printable, LeavesWhatIsSeenAsItIs) {
    for (const char* text :
         {"", "plain \"text\" \\ ~", "K\u00f6ln \u00a0\u3042 \u05d0", "\U0001F600", "\ue000"}) {
        EXPECT_EQ(printable(text), text);
    }
}

TEST(Printable, WritesControlCharactersAsTheirCodePoints) {
    EXPECT_EQ(printable("a\x1b[31mb"), "a\\u{1b}[31mb");
    EXPECT_EQ(printable(std::string_view("\0\n\t\x7f", 4)), "\\u{0}\\u{a}\\u{9}\\u{7f}");
    EXPECT_EQ(printable("\u0080\u009b\u009d\u009f\u00a0"), "\\u{80}\\u{9b}\\u{9d}\\u{9f}\u00a0");
}

TEST(Printable, WritesWhatTurnsOrHidesTextAsItsCodePoint) {
    EXPECT_EQ(printable("\u202e\u2066\u200f\u061c"), "\\u{202e}\\u{2066}\\u{200f}\\u{61c}");
    EXPECT_EQ(printable("\u2028\u2029"), "\\u{2028}\\u{2029}");
    EXPECT_EQ(printable("a\u200bb\u00adc\ufeff"), "a\\u{200b}b\\u{ad}c\\u{feff}");
    EXPECT_EQ(printable("\U000E0041"), "\\u{e0041}");
}

TEST(Printable, WritesBytesThatAreNoUtf8OneByOne) {
    EXPECT_EQ(printable("a\xff\xc3"), "a\\x{ff}\\x{c3}");
    EXPECT_EQ(printable("\x9b"
                        "0m"),
              "\\x{9b}0m");
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\x{ed}\\x{a0}\\x{80}");
    EXPECT_EQ(printable("\xc0\x8a"), "\\x{c0}\\x{8a}");
}

TEST(Printable, KeepsTheEndsOfLinesWhereThereAreSeveral) {
    EXPECT_EQ(printable_lines("a\x1b\nb\u009b\n\nc"), "a\\u{1b}\nb\\u{9b}\n\nc");
    EXPECT_EQ(printable_lines("a\n"), "a\n");
    EXPECT_EQ(printable_lines(""), "");
}

TEST(Printable, TakesControlsFormatsAndSeparatorsAndNothingElse) {
    size_t count = 0;
    for (char32_t character = 0; character <= 0x10FFFF; ++character) {
        count += is_unprintable(character) ? 1 : 0;
    }
    // Cc 65, Cf 170 (Unicode 15), Zl and Zp, and U+2065 among them.
    EXPECT_EQ(count, 65 + 170 + 2 + 1);
    for (const char32_t neighbour : {0x20U,
                                     0x7EU,
                                     0xA0U,
                                     0xACU,
                                     0xAEU,
                                     0x200AU,
                                     0x2010U,
                                     0x2027U,
                                     0x202FU,
                                     0xFEFEU,
                                     0xFF00U,
                                     0xFFFCU,
                                     0xFFFDU}) {
        EXPECT_FALSE(is_unprintable(neighbour)) << std::hex << static_cast<uint32_t>(neighbour);
    }
}

}  // namespace
}  // namespace spantoll
