#include "schemas/text/json_writer.h"

#include <optional>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

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

TEST(JsonString, KeepsWhatIsPlainOnBothSidesOfWhatIsNot) {
    EXPECT_EQ(json_string("\"a\"b\xFF"
                          "c\x01"),
              "\"\\\"a\\\"b\uFFFDc\\u0001\"");
}

TEST(JsonObject, KeepsTheOrderOfTheCalls) {
    EXPECT_EQ(JsonObject().str(), "{}");
    EXPECT_EQ(JsonObject().add("b", 3).add_text("a", "x").add("b", uint64_t{1} << 63).str(),
              R"({"b":3,"a":"x","b":9223372036854775808})");
}

TEST(JsonObject, HasAllThatJsonHasButFractions) {
    EXPECT_EQ(JsonObject()
                  .add("none", std::optional<int64_t>())
                  .add("some", std::optional<int64_t>(-5))
                  .add("wide", Int128{1} << 100)
                  .add_flag("yes", true)
                  .add_flag("no", false)
                  .add_json("list", "[1]")
                  .add_text("na\"me", "\n")
                  .str(),
              R"({"none":null,"some":-5,"wide":1267650600228229401496703205376,"yes":true,)"
              R"("no":false,"list":[1],"na\"me":"\n"})");
}

TEST(JsonObject, WritesMoneyTwice) {
    EXPECT_EQ(JsonObject().add_money("cost", Money::from_pico(-1'500'000'000'000)).str(),
              R"({"cost_pico_usd":"-1500000000000","cost_usd":"-1.5"})");
}

TEST(JsonObject, IsAppendedToWhatIsThere) {
    std::string out = "x";
    JsonObject(100).add("a", 1).append_to(out);
    JsonObject().append_to(out);
    EXPECT_EQ(out, R"(x{"a":1}{})");
}

TEST(JsonArray, JoinsItsElements) {
    EXPECT_EQ(JsonArray().str(), "[]");
    EXPECT_EQ(JsonArray().add_text("a\\").add_json("{}").add(-1).str(), R"(["a\\",{},-1])");
}

}  // namespace
}  // namespace spantoll
