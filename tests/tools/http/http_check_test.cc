#include <gtest/gtest.h>

#include "enforce/limit_rules.h"
#include "tools/http/check.h"

namespace spantoll::tools {
namespace {

CheckAnswer beyond_the_cap(std::string limit) {
    CheckAnswer answer;
    answer.overflows = {{"team:x", "team:~other", std::move(limit)}};
    answer.as_of_ms = 1;
    answer.lag_ms = 2;
    return answer;
}

TEST(Check, SaysThatANameIsBeyondTheCap) {
    const CheckAnswer answer = beyond_the_cap("");
    EXPECT_TRUE(may_spend(answer));
    EXPECT_EQ(check_text({{"team:x", answer}}),
              "yes  team:x  level=none overflow=team:~other as_of_ms=1 lag_ms=2\n");
    EXPECT_EQ(
        check_json({{"team:x", answer}}),
        R"({"allowed":true,"as_of_ms":1,"lag_ms":2,"accounts":[{"account":"team:x","allowed":true,)"
        R"("level":"none","valid_until_ms":null,"flags":[],)"
        R"("overflows":[{"account":"team:x","charged_to":"team:~other","limit":null}]}]})"
        "\n");
}

TEST(Check, RefusesANameBeyondTheCapWhereALimitSaysSo) {
    const CheckAnswer answer = beyond_the_cap("team-day");
    EXPECT_FALSE(may_spend(answer));
    EXPECT_EQ(check_text({{"team:x", answer}}),
              "no   team:x  level=none overflow=team:~other reason=overflow by=team:x/team-day "
              "as_of_ms=1 lag_ms=2\n");
    EXPECT_EQ(check_json({{"team:x", answer}}),
              R"({"allowed":false,"as_of_ms":1,"lag_ms":2,"accounts":[{"account":"team:x",)"
              R"("allowed":false,"level":"none","valid_until_ms":null,"flags":[],)"
              R"("reason":"overflow","overflows":[{"account":"team:x",)"
              R"("charged_to":"team:~other","limit":"team-day"}]}]})"
              "\n");
}

TEST(Check, SaysThatNumbersAreStaleAndWhoRefusesThem) {
    CheckAnswer answer;
    answer.as_of_ms = 1;
    answer.lag_ms = 400'000;
    answer.is_stale = true;
    EXPECT_TRUE(may_spend(answer));
    EXPECT_EQ(check_json({{"team:x", answer}}),
              R"({"allowed":true,"as_of_ms":1,"lag_ms":400000,"stale":true,"accounts":[)"
              R"({"account":"team:x","allowed":true,"level":"none","valid_until_ms":null,)"
              R"("flags":[]}]})"
              "\n");
    answer.doubts = {{"stale", "customer:acme", "month"}};
    EXPECT_FALSE(may_spend(answer));
    EXPECT_EQ(check_text({{"team:x", answer}}),
              "no   team:x  level=none reason=stale by=customer:acme/month as_of_ms=1 "
              "lag_ms=400000\n");
    EXPECT_EQ(check_json({{"team:x", answer}}),
              R"({"allowed":false,"as_of_ms":1,"lag_ms":400000,"stale":true,"accounts":[)"
              R"({"account":"team:x","allowed":false,"level":"none","valid_until_ms":null,)"
              R"("flags":[],"reason":"stale",)"
              R"("refused_by_lag":[{"account":"customer:acme","limit":"month"}]}]})"
              "\n");
}

TEST(Check, ALimitRefusesTheNamesThatItWouldHoldFor) {
    const AccountKinds kinds{std::vector<AccountKind>()};
    const AccountKind& team = kinds.at(*kinds.find("team"));
    Limit limit;
    limit.kind = "team";
    EXPECT_FALSE(enforce::refuses_overflow(limit, team, "team:x"));
    limit.on_overflow = Unsure::kRefuse;
    EXPECT_TRUE(enforce::refuses_overflow(limit, team, "team:x"));
    EXPECT_FALSE(enforce::refuses_overflow(limit, kinds.at(*kinds.find("user")), "user:x"));
    limit.shadow = true;
    EXPECT_FALSE(enforce::refuses_overflow(limit, team, "team:x"));
    limit.shadow = false;
    limit.selection = Selection::kAll;
    EXPECT_TRUE(enforce::refuses_overflow(limit, kinds.at(*kinds.find("user")), "user:x"));
    limit.selection = Selection::kAccount;
    limit.account = "team:y";
    EXPECT_FALSE(enforce::refuses_overflow(limit, team, "team:x"));
    EXPECT_TRUE(enforce::refuses_overflow(limit, team, "team:y"));
}

}  // namespace
}  // namespace spantoll::tools
