#include "schemas/json_text.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

TEST(JsonString, OrdinaryTextStaysAsItIs) {
    EXPECT_EQ(json_string(""), "\"\"");
    EXPECT_EQ(json_string("K\u00f6ln \u3042 \U0001F600 /~"), "\"K\u00f6ln \u3042 \U0001F600 /~\"");
    EXPECT_EQ(json_string("a\"b\\c\nd"), R"("a\"b\\c\nd")");
}

TEST(JsonString, WhatIsNotToBeSeenIsEscaped) {
    EXPECT_EQ(json_string("\t\x1b\x7f"), R"("\u0009\u001b\u007f")");
    EXPECT_EQ(json_string("x\u009b\u202e\ufeff"), R"("x\u009b\u202e\ufeff")");
    EXPECT_EQ(json_string("\U000E0001\U000E007F"), R"("\udb40\udc01\udb40\udc7f")");
}

// Readers that cut lines where Unicode does would cut a record in two.
TEST(JsonString, NoCharacterInItEndsALine) {
    EXPECT_EQ(json_string("\v\f\x1c\x1d\x1e\u0085\u2028\u2029"),
              R"("\u000b\u000c\u001c\u001d\u001e\u0085\u2028\u2029")");
}

TEST(JsonString, WhatIsNoUtf8BecomesAReplacement) {
    EXPECT_EQ(json_string("M\xFCller"), "\"M\uFFFDller\"");
}

}  // namespace
}  // namespace spantoll
