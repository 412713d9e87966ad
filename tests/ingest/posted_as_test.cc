#include "ingest/posted_as.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/naming.h"

namespace spantoll::ingest {
namespace {

using Parents = std::map<std::string, std::vector<std::string>>;

// As the engine's.
std::string account_with_key(const AccountKind& kind, const Span& span, const KeyTable& keys) {
    const std::string_view raw = span.dimension(Dimension::kVirtualKey);
    const bool has_key =
        std::ranges::find(kind.dimensions, Dimension::kVirtualKey) != kind.dimensions.end();
    return has_key && !raw.empty()
               ? account_of(kind, span, keys.name_of(account_value(Dimension::kVirtualKey, raw)))
               : account_of(kind, span);
}

Settings settings_with(const Parents& parents) {
    Settings settings;
    settings.accounts.kinds = {{"key_model", {Dimension::kVirtualKey, Dimension::kModel}}};
    settings.accounts.parents = parents;
    return settings;
}

class PostedAsTest : public testing::Test {
  protected:
    // The accounts of a span that says `says`, but for the global one, posted with a token that
    // sets `set`.
    std::string accounts(const std::vector<DimensionValue>& says,
                         const std::vector<DimensionValue>& set) {
        DecodedRecord record;
        Span& span = record.spans.emplace_back();
        for (const auto& [dimension, value] : says) {
            span.dimensions[static_cast<size_t>(dimension)] = value;
        }
        const std::string text = set_text(set);
        PostedAs(kinds_, keys_, &account_with_key).apply(text, record);
        std::string all;
        for (const AccountKind& kind : kinds_.all()) {
            if (const std::string account = account_with_key(kind, span, keys_);
                !account.empty() && account != kGlobalAccount) {
                all += (all.empty() ? "" : " ") + account;
            }
        }
        return all;
    }

    const AccountKinds kinds_{{{"key_model", {Dimension::kVirtualKey, Dimension::kModel}}}};
    KeyTable keys_{settings_with({{"virtual_key:a1", {"team:a"}},
                                  {"team:a", {"customer:acme"}},
                                  {"virtual_key:b1", {"team:b"}},
                                  {"team:b", {"customer:beta"}},
                                  {"team:c", {"customer:acme"}},
                                  {"key_model:k,m", {"customer:beta"}}}),
                   {}};
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

TEST_F(PostedAsTest, AnIdOfAKeyIsTheKeyAndItsParentsCount) {
    VirtualKey theirs;
    theirs.name = "search";
    theirs.ids = {"old-1"};
    theirs.parents = {"team:b"};
    keys_.put(theirs, KeyTable::Origin::kCommand);
    for (const char* value : {"search", "old-1"}) {
        EXPECT_EQ(accounts({{Dimension::kVirtualKey, value}}, acme_),
                  "virtual_key:~invalid customer:acme")
            << value;
    }
    theirs.parents = {"team:a"};  // it moves
    keys_.put(theirs, KeyTable::Origin::kCommand);
    EXPECT_EQ(accounts({{Dimension::kVirtualKey, "old-1"}}, acme_),
              "virtual_key:search customer:acme");
}

TEST_F(PostedAsTest, ASetThatCannotBeReadRefusesTheRecord) {
    DecodedRecord record;
    record.spans.emplace_back();
    PostedAs(kinds_, keys_, &account_with_key).apply("planet=mars", record);
    EXPECT_EQ(record.refused, Refusal::kNotDecodable);
    EXPECT_TRUE(record.spans.empty());
}

}  // namespace
}  // namespace spantoll::ingest
