#include "tools/commands/check_command.h"

#include <filesystem>
#include <fstream>

#include "tests/tools/feed/canned_server.h"
#include "tests/tools/http/http_server_fixture.h"
#include "tools/configuration/token.h"
#include "tools/http/limits.h"

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
}

TEST_F(CheckCommandTest, TellsWhichParametersThereAre) {
    start();
    for (const char* path : {"/v1/check?acount=a",
                             "/v1/check?account=a&foo=1",
                             "/v1/accounts/a?foo=1",
                             "/v1/decisions?account=a&account=b",
                             "/v1/decisions?after=1&after=1",
                             "/v1/decisions?foo=1"}) {
        EXPECT_EQ(ask({.target = path}).status, 400) << path;
    }
    EXPECT_EQ(ask({.target = "/v1/check?foo=1"}).error_text(),
              "\"foo\" is no parameter of this path, which takes account=ACCOUNT (once or more). "
              "(HTTP status 400)");
    EXPECT_EQ(ask({.target = "/v1/decisions?account=nonsense:x"}).error_text(),
              "There is no account kind nonsense. (HTTP status 400)");
    EXPECT_EQ(ask({.target = "/v1/decisions?account=a%3Ab"}).status, 200);
}

TEST_F(CheckCommandTest, APlusInAnAccountStaysAPlus) {
    start();
    EXPECT_TRUE(ask({.target = "/v1/check?account=user:a+b@example.org"})
                    .body.find(R"("account":"user:a+b@example.org")") != std::string::npos);
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
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = "ftp://x", .token_file = {}}), 64);
    EXPECT_EQ(kind_of({.accounts = {"nonsense:x"}, .url = base, .token_file = {}}), 64);
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = base, .token_file = "/nonexistent"}), 78);
    server_.reset();
    EXPECT_EQ(kind_of({.accounts = {"a"}, .url = base, .token_file = {}}), 69);
}

// What check makes of a server's `text`, asked for `accounts`.
Result<CheckVerdict> verdict_of(const std::string& text, std::vector<std::string> accounts) {
    const CannedServer server(text);
    return check_accounts({.accounts = std::move(accounts), .url = server.url(), .token_file = {}});
}

std::string plain(std::string_view body) {
    return CannedServer::text("200 OK", "text/plain; charset=utf-8", body);
}

TEST(CheckCommand, BelievesNoAnswerButOneLineForEachAccountInOrder) {
    const std::string a = "yes  a  level=none as_of_ms=1 lag_ms=2\n";
    const std::string b = "no   b  level=block until=released by=b/x as_of_ms=1 lag_ms=2\n";
    const Result<CheckVerdict> good = verdict_of(plain(a + b), {"a", "b"});
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_FALSE(good->is_allowed);
    EXPECT_EQ(good->text, a + b);

    for (const std::string& answer : {plain(""),
                                      plain(a),
                                      plain(b + a),
                                      plain(a + b + a),
                                      plain(a + b.substr(0, b.size() - 1)),
                                      plain(a + "\n" + b),
                                      plain(a + "yes  b2  level=none as_of_ms=1 lag_ms=2\n"),
                                      plain(a + "yes  b  level=none\n"),
                                      plain(a + "yes b level=none as_of_ms=1 lag_ms=2\n"),
                                      plain(a + "yes  b  level=block as_of_ms=1 lag_ms=2\n"),
                                      plain("yes  a\nyes  b\n"),
                                      std::string("HTTP/1.1 204 No Content\r\n\r\n"),
                                      std::string("HTTP/1.1 200 OK\r\n\r\n"),
                                      CannedServer::text("202 Accepted", "text/plain", a + b),
                                      CannedServer::text("200 OK", "text/html", a + b),
                                      CannedServer::text("400 Bad Request", "text/html", "no"),
                                      CannedServer::text("401 Unauthorized", "text/html", "no"),
                                      CannedServer::text("302 Found", "text/plain", a + b)}) {
        const Result<CheckVerdict> verdict = verdict_of(answer, {"a", "b"});
        ASSERT_FALSE(verdict) << answer;
        EXPECT_EQ(verdict.error().kind, ErrorKind::kUnavailable) << answer;
    }
}

TEST(CheckCommand, ShowsAServersTextAsAPersonMayReadIt) {
    const Result<CheckVerdict> refused = verdict_of(
        CannedServer::text("400 Bad Request",
                           "application/json",
                           R"({"error":{"code":"account_invalid","message":)"
                           R"("account \"model:a/b\": write \"model:a%2Fb\"\u001b[2J"}})"),
        {"model:a/b"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(refused.error().message,
              R"(account "model:a/b": write "model:a%2Fb"\u{1b}[2J (HTTP status 400))");

    const std::string account = "user:\u009b31m\u202e";
    const Result<CheckVerdict> named = verdict_of(
        plain("yes  user:\\u{9b}31m\\u{202e}  level=none as_of_ms=1 lag_ms=2\n"), {account});
    ASSERT_TRUE(named) << named.error().message;
}

// A token file with these bytes, for a processor whose token is "s3cret".
class TokenFileTest : public HttpServerTest {
  protected:
    ~TokenFileTest() override { std::filesystem::remove(path_); }

    int kind_with(std::string_view bytes) {
        std::ofstream(path_, std::ios::binary) << bytes;
        const Result<CheckVerdict> verdict =
            check_accounts({.accounts = {"a"}, .url = url(), .token_file = path_});
        message_ = verdict ? "" : verdict.error().message;
        return verdict ? 0 : static_cast<int>(verdict.error().kind);
    }

    const std::string path_ =
        std::filesystem::path(::testing::TempDir()) / fmt::format("spantoll_token_{}", getpid());
    std::string message_;
};

TEST_F(TokenFileTest, TakesTheFirstLineWithoutItsBlanksAndLineEnd) {
    start({.listen = "127.0.0.1:0", .http = {.token = "s3cret", .tokens = {}, .tls = {}}});
    for (const char* bytes : {"s3cret", "s3cret\n", "s3cret\r\n", " s3cret \t\r\nsecond line\n"}) {
        EXPECT_EQ(kind_with(bytes), 0) << bytes << message_;
    }
    EXPECT_EQ(kind_with("other\n"), 78);
}

TEST_F(TokenFileTest, SaysWhatIsWrongWithTheFile) {
    start({.listen = "127.0.0.1:0", .http = {.token = "s3cret", .tokens = {}, .tls = {}}});
    EXPECT_EQ(kind_with(""), 78);
    EXPECT_NE(message_.find("is empty: write the token there"), std::string::npos) << message_;
    EXPECT_EQ(kind_with("\ns3cret\n"), 78);
    for (const std::string& bytes : {std::string("s3\rcret"),
                                     std::string("s3 cret"),
                                     std::string("\xEF\xBB\xBFs3cret"),
                                     std::string("s3cret\0", 7),
                                     std::string(kTokenBytesMax + 1, 'x')}) {
        EXPECT_EQ(kind_with(bytes), 78);
        EXPECT_NE(message_.find("visible ASCII"), std::string::npos) << message_;
    }
    const Result<std::string> directory = client_token("/");
    ASSERT_FALSE(directory);
    EXPECT_NE(directory.error().message.find("directory"), std::string::npos);
    const Result<std::string> missing = client_token("/nonexistent");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace spantoll::tools
