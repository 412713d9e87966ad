#include "ingest/posted_as.h"

#include <string>

#include <gtest/gtest.h>

#include "ingest/naming.h"

namespace spantoll::ingest {
namespace {

using Parents = std::map<std::string, std::vector<std::string>>;

class PostedAsTest : public testing::Test {
  protected:
    // The accounts of a span that says `says`, posted with a token that sets `set`.
    std::string accounts(const std::vector<DimensionValue>& says,
                         const std::vector<DimensionValue>& set) {
        DecodedRecord record;
        Span& span = record.spans.emplace_back();
        for (const auto& [dimension, value] : says) {
            span.dimensions[static_cast<size_t>(dimension)] = value;
        }
        const std::string text = set_text(set);
        PostedAs(kinds_, parents_).apply(text, record);
        std::string all;
        for (const AccountKind& kind : kinds_.all()) {
            if (const std::string account = account_of(kind, span); !account.empty()) {
                all += (all.empty() ? "" : " ") + account;
            }
        }
        return all;
    }

    const AccountKinds kinds_{{{"key_model", {Dimension::kVirtualKey, Dimension::kModel}}}};
    const Parents parents_{{"virtual_key:a1", {"team:a"}},
                           {"team:a", {"customer:acme"}},
                           {"virtual_key:b1", {"team:b"}},
                           {"team:b", {"customer:beta"}},
                           {"team:c", {"customer:acme"}},
                           {"key_model:k,m", {"customer:beta"}}};
    const std::vector<DimensionValue> acme_{{Dimension::kCustomer, "acme"}};
};

TEST_F(PostedAsTest, TheTokensValueStandsWhateverTheSpanSays) {
    EXPECT_EQ(accounts({}, acme_), "customer:acme");
    EXPECT_EQ(accounts({{Dimension::kCustomer, "beta"}}, acme_), "customer:acme");
    EXPECT_EQ(accounts({{Dimension::kService, "s"}}, acme_), "service:s customer:acme");
    EXPECT_EQ(accounts({{Dimension::kCustomer, "beta"}}, {}), "customer:beta")
        << "no token sets it";
}

TEST_F(PostedAsTest, WhatIsSomebodyElsesIsNotCharged) {
    EXPECT_EQ(accounts({{Dimension::kVirtualKey, "a1"}}, acme_), "virtual_key:a1 customer:acme");
    EXPECT_EQ(accounts({{Dimension::kVirtualKey, "b1"}}, acme_),
              "virtual_key:~invalid customer:acme");
    EXPECT_EQ(accounts({{Dimension::kTeam, "b"}}, acme_), "team:~invalid customer:acme");
    EXPECT_EQ(accounts({{Dimension::kUser, "free"}}, acme_), "customer:acme user:free");
}

TEST_F(PostedAsTest, AKindOfSeveralDimensionsIsAnAccountLikeAnyOther) {
    EXPECT_EQ(accounts({{Dimension::kVirtualKey, "k"}, {Dimension::kModel, "m"}}, acme_),
              "model:~invalid virtual_key:~invalid customer:acme key_model:~invalid");
    EXPECT_EQ(accounts({{Dimension::kVirtualKey, "k"}, {Dimension::kModel, "n"}}, acme_),
              "model:n virtual_key:k customer:acme key_model:k,n");
}

TEST_F(PostedAsTest, WhatLiesAboveTheTokenIsItsOwn) {
    const std::vector<DimensionValue> key{{Dimension::kVirtualKey, "a1"}};
    EXPECT_EQ(accounts({{Dimension::kTeam, "a"}, {Dimension::kCustomer, "acme"}}, key),
              "virtual_key:a1 team:a customer:acme");
    EXPECT_EQ(accounts({{Dimension::kTeam, "c"}}, key), "virtual_key:a1 team:~invalid");
    EXPECT_EQ(accounts({{Dimension::kCustomer, "beta"}}, key), "virtual_key:a1 customer:~invalid");
}

TEST_F(PostedAsTest, ASetThatCannotBeReadRefusesTheRecord) {
    DecodedRecord record;
    record.spans.emplace_back();
    PostedAs(kinds_, parents_).apply("planet=mars", record);
    EXPECT_EQ(record.refused, Refusal::kNotDecodable);
    EXPECT_TRUE(record.spans.empty());
}

}  // namespace
}  // namespace spantoll::ingest
