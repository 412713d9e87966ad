#include "tests/tools/http/http_server_fixture.h"
#include "tools/http/guard.h"

namespace spantoll::tools {
namespace {

class HttpGuardTest : public HttpServerTest {};

TEST_F(HttpGuardTest, RefusesEveryContentTypeThatAWebPageCouldSend) {
    start();
    for (const char* type : {"text/plain",
                             "application/x-www-form-urlencoded",
                             "multipart/form-data; boundary=x",
                             "application/json; charset=latin1",
                             "application/x-flatbuffers; v=1",
                             "application/jsonp",
                             "text/plain, application/json",
                             ""}) {
        const HttpAnswer answer = post("{}", type);
        EXPECT_EQ(answer.status, 415) << type;
        EXPECT_TRUE(answer.body.starts_with(R"({"error":{"code":"content_type_refused",)")) << type;
    }
    EXPECT_EQ(ask({.method = "POST", .target = "/v1/spans", .body = "{}"}).status, 415);
    EXPECT_TRUE(processor_.posted().empty());
}

TEST_F(HttpGuardTest, AnswersOnlyToItsOwnNames) {
    start();
    const uint16_t port = server_->port();
    EXPECT_EQ(status_of_host(fmt::format("Host: 127.0.0.1:{}\r\n", port)), "200");
    EXPECT_EQ(status_of_host(fmt::format("Host: LocalHost:{}\r\n", port)), "200");
    EXPECT_EQ(status_of_host(fmt::format("Host: [::1]:{}\r\n", port)), "200");
    EXPECT_EQ(status_of_host(fmt::format("Host: rebound.example:{}\r\n", port)), "421");
    EXPECT_EQ(status_of_host("Host: localhost\r\n"), "421");
    EXPECT_EQ(status_of_host(""), "400");
    EXPECT_EQ(status_of_host(fmt::format("Host: localhost:{0}\r\nHost: localhost:{0}\r\n", port)),
              "400");
}

TEST_F(HttpGuardTest, RefusesRequestsOfOtherWebPages) {
    start();
    const std::string host = fmt::format("Host: localhost:{}\r\n", server_->port());
    EXPECT_EQ(status_of_host(host + "Origin: https://evil.example\r\n"), "403");
    EXPECT_EQ(status_of_host(host + "Origin: null\r\n"), "403");
    EXPECT_EQ(
        status_of_host(host + fmt::format("Origin: http://localhost:{}\r\n", server_->port())),
        "200");
}

TEST_F(HttpGuardTest, NeedsTheTokenForEverythingButHealth) {
    start({.listen = "127.0.0.1:0", .http = {.token = "s3cret", .tokens = {}, .tls = {}}});
    EXPECT_EQ(ask({.target = "/healthz"}).status, 200);
    EXPECT_EQ(ask({.target = "/readyz"}).status, 200);
    const HttpAnswer refused = ask({.target = "/metrics"});
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
    EXPECT_EQ(ask({.target = "/nothing"}).status, 401);
    EXPECT_EQ(client("s3creT").ask({.target = "/metrics"})->status, 401);
    EXPECT_EQ(client("s3cret1").ask({.target = "/metrics"})->status, 401);
    EXPECT_EQ(client("s3cret").ask({.target = "/metrics"})->status, 200);
}

TEST_F(HttpGuardTest, RefusesToListenElsewhereWithoutAToken) {
    for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:8620"}) {
        const auto server = HttpServer::start({.listen = listen, .http = {}}, processor_.backend());
        ASSERT_FALSE(server) << listen;
        EXPECT_EQ(server.error().kind, ErrorKind::kConfig) << listen;
    }
    EXPECT_TRUE(
        HttpServer::start({.listen = "0.0.0.0:0", .http = {.token = "t", .tokens = {}, .tls = {}}},
                          processor_.backend()));
}

TEST_F(HttpGuardTest, SaysWhichAddressesItReads) {
    for (const char* listen : {"",
                               "127.0.0.1",
                               "8620",
                               "example.com:8620",
                               "127.0.0.1:65536",
                               "[::1:8620",
                               ":8620",
                               "127.0.0.1:86 20"}) {
        const auto server =
            HttpServer::start({.listen = listen, .http = {.token = "t", .tokens = {}, .tls = {}}},
                              processor_.backend());
        ASSERT_FALSE(server) << listen;
        EXPECT_EQ(server.error().kind, ErrorKind::kConfig) << listen;
    }
}

}  // namespace
}  // namespace spantoll::tools
