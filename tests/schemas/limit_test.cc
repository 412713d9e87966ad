#include "schemas/limit.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

const AccountKind kPair{"key_model", {Dimension::kVirtualKey, Dimension::kModel}};
const AccountKind kDomain{"domain", {Dimension::kDomain}};

Limit limit_where(const AccountKind& kind, std::vector<ValuePattern> where) {
    Limit limit;
    limit.kind = kind.name;
    limit.where = std::move(where);
    return limit;
}

TEST(Limit, WhereComparesEachValueOfAnAccount) {
    const Limit limit = limit_where(kPair,
                                    {parse_value_pattern(Dimension::kModel, "gpt-4*"),
                                     parse_value_pattern(Dimension::kVirtualKey, "vk1")});
    EXPECT_TRUE(holds_for(limit, kPair, "key_model:vk1,gpt-4o"));
    EXPECT_TRUE(holds_for(limit, kPair, "key_model:vk1,gpt-4"));
    EXPECT_FALSE(holds_for(limit, kPair, "key_model:vk1,gpt-3"));
    EXPECT_FALSE(holds_for(limit, kPair, "key_model:vk11,gpt-4o"));
    EXPECT_FALSE(holds_for(limit, kPair, "key_model:gpt-4o,vk1"));
    EXPECT_FALSE(holds_for(limit, kPair, "key_model:~other"));
    EXPECT_FALSE(holds_for(limit, kDomain, "vk1"));
}

TEST(Limit, WhereComparesADomainAsItIsWritten) {
    const Limit limit = limit_where(kDomain, {parse_value_pattern(Dimension::kDomain, "a.*")});
    EXPECT_TRUE(holds_for(limit, kDomain, "a.org"));
    EXPECT_FALSE(holds_for(limit, kDomain, "b.a.org"));
    EXPECT_FALSE(holds_for(limit, kDomain, "domain:~invalid"));
}

TEST(Limit, AnAsteriskAtTheEndIsAPrefix) {
    const auto parsed = [](std::string_view text) {
        return parse_value_pattern(Dimension::kModel, text);
    };
    EXPECT_EQ(parsed("a%2A*"), (ValuePattern{Dimension::kModel, "a*", true}));
    EXPECT_EQ(parsed("a%2A"), (ValuePattern{Dimension::kModel, "a*", false}));
    EXPECT_EQ(parsed("a*b"), (ValuePattern{Dimension::kModel, "a*b", false}));
    EXPECT_EQ(parsed("*"), (ValuePattern{Dimension::kModel, "", true}));
    for (const std::string_view text : {"a%2A*", "a%2A", "a%2Ab", "*", "a", "%2F*"}) {
        EXPECT_EQ(to_text(parsed(text)), text);
    }
}

TEST(Limit, AnOverrideIsTheAmountOfOneAccount) {
    Limit limit;
    limit.amount = 10;
    limit.overrides = {{"team:a", 0}, {"team:c", 30}};
    EXPECT_EQ(configured_amount(limit, "team:a"), 0);
    EXPECT_EQ(configured_amount(limit, "team:b"), 10);
    EXPECT_EQ(configured_amount(limit, "team:c"), 30);
    EXPECT_EQ(configured_amount(limit, "team:d"), 10);
}

TEST(Limit, StaysTheSameWhileWhatItCountsStays) {
    const Limit before;
    Limit after;
    after.amount = 5;
    after.overrides = {{"a", 1}};
    after.steps = {{50, Action::kWarn}};
    after.shadow = true;
    after.alpha = {1, 2};
    EXPECT_TRUE(is_same_limit(before, after));
    after.count_failed = false;
    EXPECT_FALSE(is_same_limit(before, after));
    after = before;
    after.where = {{Dimension::kModel, "x", false}};
    EXPECT_FALSE(is_same_limit(before, after));
    after = before;
    after.judge = Judge::kEma;
    EXPECT_FALSE(is_same_limit(before, after));
}

}  // namespace
}  // namespace spantoll
