#include <array>

#include <gtest/gtest.h>

#include "tools/http/limits.h"
#include "tools/http/query.h"

namespace spantoll::tools {
namespace {

std::string parsed(std::string_view query) {
    const Result<QueryParameters> parameters = parse_query(query);
    if (!parameters) {
        return "refused";
    }
    std::string text;
    for (const auto& [name, value] : *parameters) {
        text += "[" + name + "|" + value + "]";
    }
    return text;
}

TEST(HttpQuery, APlusIsAPlus) {
    EXPECT_EQ(parsed("account=user:a+b@example.org"), "[account|user:a+b@example.org]");
    EXPECT_EQ(parsed("a+b=c%2Bd"), "[a+b|c+d]");
    EXPECT_EQ(parsed("account=user:a%20b"), "[account|user:a b]");
}

TEST(HttpQuery, EveryParameterIsDecodedOnce) {
    EXPECT_EQ(parsed(""), "");
    EXPECT_EQ(parsed("&&a&b=&=c&"), "[a|][b|][|c]");
    EXPECT_EQ(parsed("a=b=c"), "[a|b=c]");
    EXPECT_EQ(parsed("a=%2525"), "[a|%25]");
    for (const char* query : {"a=%", "a=%2", "a=%zz", "%=1", "a=%%20"}) {
        EXPECT_EQ(parsed(query), "refused") << query;
    }
}

TEST(HttpQuery, ParametersAreBounded) {
    std::string query;
    for (size_t i = 0; i < kQueryParametersMax; ++i) {
        query += "a=1&";
    }
    EXPECT_TRUE(parse_query(query));
    EXPECT_FALSE(parse_query(query + "a=1"));
}

TEST(HttpQuery, NamesTheKnownParametersWhereOneIsUnknown) {
    constexpr std::array<KnownParameter, 2> kKnown{{
        {.name = "after", .value = "SEQUENCE"},
        {.name = "account", .occurs = Occurs::kAnyTimes, .value = "ACCOUNT"},
    }};
    EXPECT_TRUE(check_parameters({{"after", "1"}, {"account", "a"}, {"account", "a"}}, kKnown));
    EXPECT_TRUE(check_parameters({}, {}));
    const Result<void> unknown = check_parameters({{"foo\x1b", "1"}}, kKnown);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().message,
              "\"foo\\u{1b}\" is no parameter of this path, which takes after=SEQUENCE and "
              "account=ACCOUNT (once or more).");
    const Result<void> twice = check_parameters({{"after", "1"}, {"after", "1"}}, kKnown);
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message, "after stands 2 times in the query: write it once.");
    EXPECT_EQ(check_parameters({{"x", ""}}, {}).error().message,
              "\"x\" is no parameter of this path, which takes no parameters.");
}

}  // namespace
}  // namespace spantoll::tools
