#include "tools/check_command.h"

#include "tests/tools/http_server_fixture.h"
#include "tools/http_limits.h"

namespace spantoll::tools {
namespace {

class CheckCommandTest : public HttpServerTest {};

TEST_F(CheckCommandTest, ChecksSeveralAccountsAtOnce) {
    start();
    const HttpAnswer answer =
        ask({.target = "/v1/check?account=team%3Asearch&account=mastodon.social"});
    EXPECT_EQ(answer.body,
              R"({"allowed":false,"as_of_ms":1700000000000,"lag_ms":12,"accounts":[)"
              R"({"account":"team:search","allowed":false,"level":"block",)"
              R"("valid_until_ms":1700003600000,"flags":[)"
              R"({"account":"team:search","limit":"team-day","action":"block",)"
              R"("since_ms":1699999000000,"valid_until_ms":1700003600000},)"
              R"({"account":"team:search","limit":"team-soft","action":"warn",)"
              R"("since_ms":1699999000000,"valid_until_ms":null}]},)"
              R"({"account":"mastodon.social","allowed":true,"level":"none",)"
              R"("valid_until_ms":null,"flags":[]}]})"
              "\n");
    EXPECT_EQ(ask({.target = "/v1/check"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/check?account=nonsense:x"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/check?acount=a"}).status, 400);
}

TEST_F(CheckCommandTest, CheckCommandSaysYesOrNo) {
    start();
    const Result<CheckVerdict> yes =
        check_accounts({.accounts = {"mastodon.social"}, .url = url(), .token_file = {}});
    ASSERT_TRUE(yes) << yes.error().message;
    EXPECT_TRUE(yes->is_allowed);
    EXPECT_EQ(yes->text, "yes  mastodon.social  level=none as_of_ms=1700000000000 lag_ms=12\n");

    const Result<CheckVerdict> no =
        check_accounts({.accounts = {"a", "team:search"}, .url = url() + "/", .token_file = {}});
    ASSERT_TRUE(no) << no.error().message;
    EXPECT_FALSE(no->is_allowed);
    EXPECT_NE(no->text.find("no   team:search  level=block until=2023-11-14T23:13:20.000Z "
                            "by=team:search/team-day as_of_ms=1700000000000 lag_ms=12\n"),
              std::string::npos)
        << no->text;
}

TEST_F(CheckCommandTest, CheckCommandAsksManyAccountsInSeveralRequests) {
    start();
    std::vector<std::string> accounts(3 * kAccountsPerCheckMax + 1, "mastodon.social");
    accounts.back() = "team:search";
    const Result<CheckVerdict> verdict =
        check_accounts({.accounts = accounts, .url = url(), .token_file = {}});
    ASSERT_TRUE(verdict) << verdict.error().message;
    EXPECT_FALSE(verdict->is_allowed);
    EXPECT_EQ(static_cast<size_t>(std::count(verdict->text.begin(), verdict->text.end(), '\n')),
              accounts.size());
}

TEST_F(CheckCommandTest, CheckCommandTellsWhatIsWrong) {
    start();
    const std::string base = url();
    const auto kind_of = [](const CheckOptions& options) {
        const Result<CheckVerdict> verdict = check_accounts(options);
        return verdict ? 0 : static_cast<int>(verdict.error().kind);
    };
    EXPECT_EQ(kind_of({.accounts = {}, .url = base, .token_file = {}}), 64);
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = "https://x", .token_file = {}}), 64);
    EXPECT_EQ(kind_of({.accounts = {"nonsense:x"}, .url = base, .token_file = {}}), 64);
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = base, .token_file = "/nonexistent"}), 78);
    server_.reset();
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = base, .token_file = {}}), 69);
}

}  // namespace
}  // namespace spantoll::tools
