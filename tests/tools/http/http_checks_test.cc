// POST /v1/check, the lists, and `spantoll check --json`, as the listener and the command see them.
#include <gtest/gtest.h>

#include "tests/tools/http/http_server_fixture.h"
#include "tools/commands/check_command.h"
#include "tools/commands/check_json.h"
#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

class HttpChecksTest : public HttpServerTest {
  protected:
    HttpAnswer post(std::string_view body) const {
        return ask({.method = "POST", .target = "/v1/check", .headers = {}, .body = body});
    }
};

TEST_F(HttpChecksTest, AnswersABody) {
    start();
    const HttpAnswer answer = post(R"({"checks":[{"team":"a"}]})");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.media_type(), "application/json");
    EXPECT_EQ(answer.body, "{\"results\":[{\"allowed\":true,\"bytes\":25}]}\n");
}

TEST_F(HttpChecksTest, ALargeBodyIsAnsweredBesideTheServingThread) {
    start();
    const std::string body = "checks" + std::string(kChecksAtOnceBytesMax, ' ');
    const HttpAnswer answer = post(body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find(std::to_string(body.size())), std::string::npos);
}

TEST_F(HttpChecksTest, SaysWhatIsWrong) {
    start();
    EXPECT_EQ(post("{}").status, 400);
    EXPECT_EQ(post("{}").error_text(), "There is no check. (HTTP status 400)");
    EXPECT_NE(post("{}").body.find("check_invalid"), std::string::npos);
    EXPECT_EQ(post("loading").status, 503);
    EXPECT_EQ(ask({.method = "POST", .target = "/v1/check?account=a", .headers = {}, .body = "{}"})
                  .status,
              400);
}

TEST_F(HttpChecksTest, Lists) {
    start();
    EXPECT_EQ(ask({.target = "/v1/levels"}).body, "levels\n");
    EXPECT_EQ(ask({.target = "/v1/limits"}).body, "limits\n");
    EXPECT_EQ(ask({.target = "/v1/levels?x=1"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/limits?x=1"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/accounts"}).body, "  0  100\n");
    EXPECT_EQ(
        ask({.target = "/v1/accounts?kind=team&prefix=team:s&sort=day_usd&after=team:x&limit=7"})
            .body,
        "team team:s 2 team:x 7\n");
    for (const char* path : {"/v1/accounts?limit=0",
                             "/v1/accounts?limit=1001",
                             "/v1/accounts?sort=size",
                             "/v1/accounts?order=x"}) {
        EXPECT_EQ(ask({.target = path}).status, 400) << path;
    }
}

TEST_F(HttpChecksTest, TheCommandPrintsTheWholeAnswer) {
    start();
    const auto check = [&](std::vector<std::string> words) {
        CheckOptions options;
        options.accounts = std::move(words);
        options.is_json = true;
        options.url = url();
        return check_json_of(options);
    };
    const Result<CheckVerdict> yes = check({"team=a", "estimate.usd=0.5"});
    ASSERT_TRUE(yes) << yes.error().message;
    EXPECT_TRUE(yes->is_allowed);
    // {"checks":[{"team":"a","estimate":{"usd":"0.5"}}]}
    EXPECT_EQ(yes->text, "{\"results\":[{\"allowed\":true,\"bytes\":50}]}\n");
    const Result<CheckVerdict> no = check({"virtual_key=vk1", "estimate.input_tokens=7"});
    ASSERT_TRUE(no) << no.error().message;
    EXPECT_FALSE(no->is_allowed);
    const Result<CheckVerdict> accounts = check({"team:search", "a"});
    ASSERT_TRUE(accounts) << accounts.error().message;
    EXPECT_FALSE(accounts->is_allowed);
    EXPECT_NE(accounts->text.find("\"flags\""), std::string::npos);
    EXPECT_EQ(static_cast<int>(check({"team=a", "team:a"}).error().kind), 64);
    EXPECT_EQ(static_cast<int>(check({"team=a", "estimate.requests=many"}).error().kind), 64);
    EXPECT_EQ(static_cast<int>(check({"team=loading"}).error().kind), 69);
    EXPECT_EQ(static_cast<int>(check({"nonsense:x"}).error().kind), 64);
}

TEST_F(HttpChecksTest, WithoutJsonTheCommandTakesAccountsAlone) {
    start();
    CheckOptions options;
    options.accounts = {"team=a"};
    options.url = url();
    const Result<CheckVerdict> verdict = check_accounts(options);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().message, "dimensions and estimates, as virtual_key=vk1, need --json");
    EXPECT_FALSE(is_check_member("team:a=b"));
    EXPECT_FALSE(is_check_member("a.example"));
    EXPECT_TRUE(is_check_member("user=a:b"));
}

}  // namespace
}  // namespace spantoll::tools
