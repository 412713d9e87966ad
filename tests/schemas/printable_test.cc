#include "schemas/printable.h"

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

}  // namespace
}  // namespace spantoll
