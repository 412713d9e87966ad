// What other gateways answer when they are asked for their virtual keys.
#include "tools/commands/key_export.h"

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

using Texts = std::vector<std::string>;

const std::string kHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

std::vector<ExportedKey> read(std::string_view text, KeyExport from) {
    const Result<std::vector<ExportedKey>> keys = read_key_export(text, from);
    EXPECT_TRUE(keys) << keys.error().message;
    return keys.value_or(std::vector<ExportedKey>());
}

TEST(KeyExport, LiteLlmCallsAKeyByTheHashOfItsSecret) {
    const auto keys = read(
        R"({"keys":[{"token":")" + kHash +
            R"(","key_name":"sk-...abcd","key_alias":"search/prod","spend":0.30000000000000004,)"
            R"("max_budget":10,"expires":"2027-01-01T00:00:00+00:00","team_id":"t-1","user_id":"u@x",)"
            R"("organization_id":"acme",)"
            R"("blocked":null,"metadata":{"a":[1]}},{"token":")" +
            kHash +
            R"(","key_alias":null,"spend":0,"expires":null,"blocked":true,"user_id":"u"}],)"
            R"("total_count":2})",
        KeyExport::kLiteLlm);
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].key,
              (VirtualKey{"search%2Fprod",
                          {kHash},
                          {kHash},
                          true,
                          1'798'761'600'000,
                          {"team:t-1", "customer:acme"},
                          "u@x",
                          false}));
    EXPECT_EQ(to_usd_text(keys[0].spent), "0.3");  // the nearest pico-dollar
    EXPECT_EQ(keys[1].key,
              (VirtualKey{kHash, {}, {kHash}, false, std::nullopt, {"user:u"}, "u", false}));
    EXPECT_EQ(keys[1].spent, Money());
}

TEST(KeyExport, ASecretIsHashedAndGoesNoFurther) {
    const auto lite = read(R"({"token":"test","key_alias":"a"})", KeyExport::kLiteLlm);
    ASSERT_EQ(lite.size(), 1U);
    EXPECT_EQ(lite[0].key.sha256, Texts{kHash});
    EXPECT_EQ(lite[0].key.ids, Texts{kHash});
    const auto bifrost = read(R"([{"id":"vk1","name":"a","value":"test"}])", KeyExport::kBifrost);
    ASSERT_EQ(bifrost.size(), 1U);
    EXPECT_EQ(bifrost[0].key.sha256, Texts{kHash});
    EXPECT_EQ(bifrost[0].key.ids, Texts{"vk1"});
}

TEST(KeyExport, BifrostHasSeveralBudgetsOfWhichTheMonthsCounts) {
    const auto keys = read(
        R"({"virtual_keys":[{"id":"vk1","name":"search","value":"","is_active":false,"team_id":"t1",)"
        R"("team":{"id":"t1","name":"Search, all"},"budgets":[{"reset_duration":"1d","current_usage":9},)"
        R"({"reset_duration":"1M","current_usage":1.5e1}]},)"
        R"({"id":"vk2","name":"vk2","customer_id":"c1","budget":{"reset_duration":"1M","current_usage":2}},)"
        R"({"id":"vk3","name":"third","budget":{"reset_duration":"1w","current_usage":2},"budgets":null}]})",
        KeyExport::kBifrost);
    ASSERT_EQ(keys.size(), 3U);
    EXPECT_EQ(keys[0].key,
              (VirtualKey{
                  "search", {"vk1"}, {}, false, std::nullopt, {"team:Search%2C all"}, "", false}));
    EXPECT_EQ(to_usd_text(keys[0].spent), "15");
    EXPECT_EQ(keys[1].key.ids, Texts());
    EXPECT_EQ(keys[1].key.parents, Texts{"customer:c1"});
    EXPECT_EQ(to_usd_text(keys[1].spent), "2");
    EXPECT_EQ(keys[2].spent, Money());
}

TEST(KeyExport, LinesAreTakenAsWell) {
    const auto keys = read("{\"name\":\"a\"}\n\n {\"name\":\"b\"}\r\n", KeyExport::kBifrost);
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[1].key.name, "b");
}

TEST(KeyExport, AnythingElseIsToldWithWhatIsExpected) {
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"", "no keys"},
             {"[]", "no keys"},
             {R"({"keys":[]})", "no keys"},
             {R"({"keys":["9f86"]})", "key 1"},
             {R"([{"key_alias":"a"},{}])", "key 2"},
             {"name,spend\na,1\n", "return_full_object=true"}}) {
        const auto keys = read_key_export(text, KeyExport::kLiteLlm);
        ASSERT_FALSE(keys) << text;
        EXPECT_EQ(keys.error().kind, ErrorKind::kInput);
        EXPECT_NE(keys.error().message.find(part), std::string::npos) << keys.error().message;
    }
}

}  // namespace
}  // namespace spantoll::tools
