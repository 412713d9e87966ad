#include "tools/process/parsed_json.h"

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kJson =
    R"({"a":{"x":1,"b":"no"},"b\"":"{","list":[1,{"b":2}],"b":"yes","n":-5,"e":{},"t":true})";

TEST(ParsedJson, FindsAMemberByItsPointer) {
    const ParsedJson json(kJson);
    EXPECT_EQ(json.text("/b"), "yes");
    EXPECT_EQ(json.text("/a/b"), "no");
    EXPECT_EQ(json.number("/n"), -5);
    EXPECT_EQ(json.number("/list/1/b"), 2);
    EXPECT_EQ(json.flag("/t"), true);
    EXPECT_EQ(json.names("/a"), (std::vector<std::string>{"x", "b"}));
}

TEST(ParsedJson, WhatIsMissingOrOfAnotherTypeIsEmpty) {
    const ParsedJson json(kJson);
    EXPECT_EQ(json.text("/x"), std::nullopt);
    EXPECT_EQ(json.text("/n"), std::nullopt);
    EXPECT_EQ(json.number("/b"), std::nullopt);
    EXPECT_EQ(json.flag("/e"), std::nullopt);
    EXPECT_TRUE(json.names("/b").empty());
}

TEST(ParsedJson, WhatIsNotJsonHasNoMembers) {
    ParsedJson json(kJson);
    for (const char* text : {"", "{\"a\"", "<html>", "{\"b\":\"\xff\"}"}) {
        EXPECT_FALSE(json.read(text)) << text;
        EXPECT_EQ(json.text("/b"), std::nullopt) << text;
    }
    EXPECT_FALSE(json.read(std::string_view()));
    EXPECT_TRUE(json.read(kJson));
    EXPECT_EQ(json.text("/b"), "yes");
}

TEST(JsonMembers, AreAsTheyAreWritten) {
    EXPECT_EQ(json_members(kJson),
              (Members{{"a", R"({"x":1,"b":"no"})"},
                       {"b\"", R"("{")"},
                       {"list", R"([1,{"b":2}])"},
                       {"b", R"("yes")"},
                       {"n", "-5"},
                       {"e", "{}"},
                       {"t", "true"}}));
    EXPECT_EQ(json_members("{}"), Members());
    EXPECT_EQ(json_members(R"({"a":"\u202e\n","b":null})"),
              (Members{{"a", R"("\u202e\n")"}, {"b", "null"}}));
    for (const char* text : {"", "[]", "7", "{\"a\"", "{\"a\":", "{\"a\":1"}) {
        EXPECT_EQ(json_members(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace spantoll::tools
