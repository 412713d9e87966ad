#include "tests/tools/http/http_server_fixture.h"
#include "tools/configuration/token.h"
#include "tools/http/query.h"
#include "tools/http/rights.h"

namespace spantoll::tools {
namespace {

Rights rights(std::initializer_list<Right> all) {
    Rights rights;
    for (const Right right : all) {
        rights.add(right);
    }
    return rights;
}

HttpToken token(std::string name, Rights may) {
    HttpToken token;
    token.sha256 = sha256_of("secret-of-" + name);
    token.name = std::move(name);
    token.may = may;
    return token;
}

class HttpTokensTest : public HttpServerTest {
  protected:
    void start_with(std::vector<HttpToken> tokens) {
        HttpServerOptions options{.listen = "127.0.0.1:0", .http = {}};
        options.http.tokens = std::move(tokens);
        start(options);
    }
    HttpAnswer ask_as(const std::string& name,
                      const std::string& method,
                      const std::string& target,
                      std::string_view body = "") {
        HttpAsk ask{.method = method,
                    .target = target,
                    .headers = {{"Content-Type", "application/json"}},
                    .body = body};
        HttpClient one = client("secret-of-" + name);
        const Result<HttpAnswer> answer = one.ask(ask);
        EXPECT_TRUE(answer) << answer.error().message;
        return answer.value_or(HttpAnswer{});
    }
};

TEST_F(HttpTokensTest, EachMayWhatItSaysAndNothingElse) {
    start_with({token("poster", rights({Right::kSpans})),
                token("gate", rights({Right::kCheck})),
                token("reader", rights({Right::kRead})),
                token("admin", rights({Right::kCommand}))});
    struct Route {
        std::string method;
        std::string target;
        std::string who;  // may ask for it
    };
    for (const Route& route : {Route{"POST", "/v1/spans", "poster"},
                               {"GET", "/v1/check?account=a.example", "gate"},
                               {"GET", "/v1/decisions", "reader"},
                               {"GET", "/v1/accounts/a.example", "reader"},
                               {"GET", "/v1/grants", "reader"},
                               {"GET", "/metrics", "reader"},
                               {"GET", "/v1/config", "admin"},
                               {"POST", "/v1/config", "admin"},
                               {"GET", "/v1/commands", "admin"},
                               {"POST", "/v1/grants", "admin"},
                               {"POST", "/v1/resets", "admin"}}) {
        for (const char* who : {"poster", "gate", "reader", "admin"}) {
            if (who == route.who) {
                continue;
            }
            const HttpAnswer answer =
                ask_as(who, route.method, route.target, route.method == "POST" ? "{}" : "");
            EXPECT_EQ(answer.status, 403) << who << " " << route.method << " " << route.target;
            EXPECT_NE(answer.body.find("\"right_missing\""), std::string::npos) << answer.body;
        }
    }
    EXPECT_EQ(ask_as("poster", "POST", "/v1/spans", "{}").status, 202);
    EXPECT_EQ(ask_as("gate", "GET", "/v1/check?account=a.example").status, 200);
    EXPECT_EQ(ask_as("reader", "GET", "/v1/decisions").status, 200);
    EXPECT_EQ(ask_as("stranger", "GET", "/v1/decisions").status, 401);
    EXPECT_EQ(ask({.target = "/v1/decisions"}).status, 401);
    EXPECT_EQ(ask({.target = "/readyz"}).status, 200);
}

TEST_F(HttpTokensTest, WithoutAnyTokenLoopbackMayAllButCommands) {
    start();
    const HttpAnswer refused = ask({.method = "POST", .target = "/v1/resets", .body = "{}"});
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find("\"commands_closed\""), std::string::npos);
    EXPECT_EQ(post("{}", "application/json").status, 202);
    EXPECT_EQ(ask({.target = "/metrics"}).status, 200);
}

TEST_F(HttpTokensTest, WhatIsPostedKeepsWhatTheTokenSets) {
    HttpToken acme = token("acme", rights({Right::kSpans}));
    acme.set = {{Dimension::kTeam, "red"}, {Dimension::kCustomer, "acme"}};
    start_with({acme, token("all", Rights::all())});
    ask_as("acme", "POST", "/v1/spans", "{}");
    ask_as("all", "POST", "/v1/spans", "{}");
    const std::vector<PostedRecord> posted = processor_.posted();
    ASSERT_EQ(posted.size(), 2U);
    EXPECT_EQ(posted[0].set, "team=red\ncustomer=acme");
    EXPECT_EQ(posted[0].bytes, "{}");
    EXPECT_EQ(posted[1].set, "");
}

TEST_F(HttpTokensTest, ATokenSeesItsAccountsAndThoseBelow) {
    HttpToken a = token("a", rights({Right::kRead, Right::kCheck}));
    a.accounts = {"team:a"};
    start_with({a});
    for (const char* account : {"team:a", "user:a-1", "team:b", "user:b-1", "unknown"}) {
        const bool is_own = std::string_view(account).find(":a") != std::string_view::npos;
        const std::string encoded = percent_encode(account);
        EXPECT_EQ(ask_as("a", "GET", "/v1/accounts/" + encoded).status, is_own ? 200 : 403)
            << account;
        EXPECT_EQ(ask_as("a", "GET", "/v1/check?account=" + encoded).status, is_own ? 200 : 403)
            << account;
        EXPECT_EQ(ask_as("a", "GET", "/v1/decisions?account=" + encoded).status, is_own ? 200 : 403)
            << account;
    }
    EXPECT_EQ(ask_as("a", "GET", "/v1/check?account=team%3Aa&account=team%3Ab").status, 403);
    EXPECT_EQ(ask_as("a", "GET", "/metrics").status, 403);
}

TEST_F(HttpTokensTest, DecisionsOfOthersAreLeftOut) {
    HttpToken a = token("a", rights({Right::kRead}));
    a.accounts = {"team:a"};
    start_with({a});
    for (const char* account : {"team:a", "team:b", "user:a-1", "user:b-1"}) {
        processor_.add_decision(account);
    }
    const HttpAnswer page = ask_as("a", "GET", "/v1/decisions");
    EXPECT_EQ(page.body, logged_json(1, "team:a") + "\n" + logged_json(3, "user:a-1") + "\n");
    EXPECT_EQ(page.header("Spantoll-Next-After"), "4");
    const std::string events = exchange_raw(
        fmt::format("GET /v1/decisions HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer "
                    "secret-of-a\r\nAccept: text/event-stream\r\n\r\n",
                    server_->port()),
        "user:a-1");
    EXPECT_NE(events.find("team:a"), std::string::npos);
    EXPECT_EQ(events.find("team:b"), std::string::npos);
}

TEST(SeenPart, HidesWhatLiesAboveButNotThatItRefuses) {
    CheckAnswer answer;
    answer.flags = {{"team:a", "own", Action::kWarn, 1, {}},
                    {"customer:corp", "theirs", Action::kBlock, 2, {}}};
    answer.doubts = {{"stale", "customer:corp", "theirs"}};
    answer.overflows = {{"customer:corp", "customer:~other", ""}};
    const CheckAnswer seen =
        seen_part(answer, [](std::string_view account) { return account == "team:a"; });
    EXPECT_EQ(seen.flags[0].limit, "own");
    EXPECT_EQ(seen.flags[1].account, kUnseen);
    EXPECT_EQ(seen.flags[1].limit, kUnseen);
    EXPECT_EQ(seen.flags[1].action, Action::kBlock);
    EXPECT_EQ(seen.doubts[0].account, kUnseen);
    EXPECT_EQ(seen.doubts[0].limit, kUnseen);
    EXPECT_EQ(seen.overflows[0].charged_to, kUnseen);
    EXPECT_TRUE(seen.overflows[0].limit.empty()) << "it refuses nobody";
    EXPECT_EQ(seen_part(answer, {}).flags[1].account, "customer:corp");
}

}  // namespace
}  // namespace spantoll::tools
