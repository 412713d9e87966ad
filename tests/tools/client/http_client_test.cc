#include "tools/client/http_client.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/tools/feed/canned_server.h"
#include "tests/tools/http/http_server_fixture.h"
#include "tools/client/limits.h"

namespace spantoll::tools {
namespace {

HttpClient client_of(const std::string& url, HttpClientOptions options = {}) {
    return {*parse_http_url(url), std::move(options)};
}

// What went wrong when `answer` came; empty where it was taken.
std::string failure_by(const std::string& answer) {
    const CannedServer server(answer);
    const Result<HttpAnswer> taken = client_of(server.url()).ask({.target = "/"});
    if (taken) {
        return {};
    }
    EXPECT_EQ(taken.error().kind, ErrorKind::kUnavailable);
    EXPECT_TRUE(taken.error().message.starts_with(server.url() + ": ")) << taken.error().message;
    return taken.error().message;
}

// A listening socket that answers in no way of its own: the kernel takes connections for it.
class SilentServer {
  public:
    SilentServer() {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        CHECK(bind(listener_, raw, length) == 0 && listen(listener_, 8) == 0, "no free port");
        CHECK(getsockname(listener_, raw, &length) == 0, "a bound socket has a name");
        port_ = ntohs(address.sin_port);
    }
    ~SilentServer() { close(listener_); }
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    int accept_one() const { return accept(listener_, nullptr, nullptr); }
    // Whether somebody else has come.
    bool has_newcomer() const {
        pollfd polled{.fd = listener_, .events = POLLIN, .revents = 0};
        return poll(&polled, 1, 0) > 0;
    }
    std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

  private:
    int listener_ = -1;
    uint16_t port_ = 0;
};

// Reads until `end` has come.
std::string read_until(int peer, std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && recv(peer, &byte, 1, 0) == 1) {
        text += byte;
    }
    return text;
}

TEST(HttpUrl, IsWhatAProcessorListensAt) {
    const Result<HttpUrl> plain = parse_http_url("http://127.0.0.1:8620/");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->base(), "http://127.0.0.1:8620");
    EXPECT_EQ(plain->path, "");
    const Result<HttpUrl> secure = parse_http_url("https://[::1]/a/b/");
    ASSERT_TRUE(secure);
    EXPECT_EQ(secure->base(), "https://[::1]");
    EXPECT_EQ(secure->host, "::1");
    EXPECT_EQ(secure->port, 443);
    EXPECT_EQ(secure->path, "/a/b");
    for (const char* text : {"",
                             "127.0.0.1:8620",
                             "ftp://a",
                             "http://",
                             "http://a:b",
                             "http://a?b",
                             "http://a#b",
                             "http://user@a",
                             "http://a b",
                             "http://a\r\nX: y",
                             "http://a\\b",
                             "http://\u202ea"}) {
        const Result<HttpUrl> url = parse_http_url(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().kind, ErrorKind::kUsage) << text;
    }
}

TEST(HttpClient, SendsNoHeaderThatNobodyAskedFor) {
    std::string seen;
    {
        const CannedServer server([&seen](const std::string& head) {
            seen += head;
            return CannedServer::text("200 OK", "text/plain", "x");
        });
        HttpClient client = client_of(server.url() + "/up", {.token = "t0ken"});
        ASSERT_TRUE(client.ask({.target = "/v1/../a%2Fb?c=%20", .headers = {{"Accept", "a/b"}}}));
        ASSERT_TRUE(client.ask({.method = "POST", .target = "/p", .body = "[]"}));
        const std::string host = server.url().substr(7);
        const std::string same = "\r\nHost: " + host + "\r\nUser-Agent: spantoll\r\n";
        EXPECT_EQ(seen.substr(0, seen.find("\r\n\r\n") + 4),
                  "GET /up/v1/../a%2Fb?c=%20 HTTP/1.1" + same +
                      "Authorization: Bearer t0ken\r\nAccept: a/b\r\n\r\n");
        EXPECT_TRUE(seen.substr(seen.find("\r\n\r\n") + 4)
                        .starts_with("POST /up/p HTTP/1.1" + same +
                                     "Authorization: Bearer t0ken\r\nContent-Length: 2\r\n\r\n"))
            << seen;
    }
}

TEST(HttpClient, FollowsNoRedirect) {
    const SilentServer elsewhere;
    const CannedServer server(fmt::format(
        "HTTP/1.1 302 Found\r\nLocation: {}/\r\nContent-Length: 0\r\n\r\n", elsewhere.url()));
    const Result<HttpAnswer> answer = client_of(server.url()).ask({.target = "/"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 302);
    EXPECT_FALSE(elsewhere.has_newcomer());
}

TEST(HttpClient, GoesThroughNoProxyOfTheEnvironment) {
    const SilentServer proxy;
    setenv("http_proxy", proxy.url().c_str(), 1);
    setenv("ALL_PROXY", proxy.url().c_str(), 1);
    const CannedServer server(CannedServer::text("200 OK", "text/plain", "x"));
    const Result<HttpAnswer> answer = client_of(server.url()).ask({.target = "/"});
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "x");
    EXPECT_FALSE(proxy.has_newcomer());
}

TEST(HttpClient, TakesTheAnswerBehindAHundredContinue) {
    const CannedServer server("HTTP/1.1 100 Continue\r\nX-First: 1\r\n\r\n" +
                              CannedServer::text("202 Accepted", "text/plain", "y"));
    const Result<HttpAnswer> answer =
        client_of(server.url()).ask({.method = "POST", .target = "/", .body = "[]"});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 202);
    EXPECT_EQ(answer->header("x-first"), "");
    EXPECT_EQ(answer->header("content-type"), "text/plain");
}

TEST(HttpClient, RefusesAnAnswerWithoutBounds) {
    EXPECT_NE(
        failure_by("HTTP/1.1 200 OK\r\nX: " + std::string(kClientHeaderBytesMax, 'x') + "\r\n\r\n")
            .find("longer than"),
        std::string::npos);
    EXPECT_NE(failure_by("HTTP/1.1 200 OK\r\n\r\n" + std::string(kClientAnswerBytesMax + 1, 'x'))
                  .find("longer than"),
              std::string::npos);
}

TEST(HttpClient, SaysWhatWentWrong) {
    EXPECT_NE(failure_by("SSH-2.0-OpenSSH_9.2\r\n").find("the answer is not HTTP"),
              std::string::npos);
    EXPECT_NE(failure_by("").find("the connection was closed before an answer"), std::string::npos);
    EXPECT_NE(failure_by("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
                  .find("the connection was closed before an answer"),
              std::string::npos);
    uint16_t port = 0;
    {
        const SilentServer gone;
        port = parse_http_url(gone.url())->port;
    }
    const std::string url = fmt::format("http://127.0.0.1:{}", port);
    EXPECT_EQ(
        client_of(url).ask({.target = "/"}).error().message,
        fmt::format("{}: cannot connect to 127.0.0.1 port {}: Connection refused", url, port));
}

TEST(HttpClient, WaitsNoLongerThanItsTime) {
    const SilentServer server;
    HttpClient client = client_of(server.url(), {.time = std::chrono::milliseconds(100)});
    EXPECT_EQ(client.ask({.target = "/"}).error().message,
              server.url() + ": no answer: Connection timed out");
}

// The server goes away when it has the body of a kept connection: whether it took it is not known.
TEST(HttpClient, SendsNoBodyTwice) {
    const SilentServer server;
    HttpClient client = client_of(server.url());
    bool is_asked_again = false;
    std::thread thread([&] {
        const int peer = server.accept_one();
        read_until(peer, "\r\n\r\n");
        const std::string answer = CannedServer::text("200 OK", "text/plain", "x");
        send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        read_until(peer, "once");
        close(peer);
    });
    EXPECT_TRUE(client.ask({.target = "/"}));
    const Result<HttpAnswer> posted = client.ask({.method = "POST", .target = "/", .body = "once"});
    thread.join();
    ASSERT_FALSE(posted);
    EXPECT_NE(posted.error().message.find("the connection was closed before an answer"),
              std::string::npos)
        << posted.error().message;
    // Whoever opened a connection for the second time may have; a body it did not send.
    if (server.has_newcomer()) {
        const int again = server.accept_one();
        char byte = 0;
        is_asked_again = recv(again, &byte, 1, MSG_DONTWAIT) > 0;
        close(again);
    }
    EXPECT_FALSE(is_asked_again);
}

class HttpClientTest : public HttpServerTest {};

// libcurl asks with Expect: 100-continue before it sends so much.
TEST_F(HttpClientTest, PostsWhatIsLarge) {
    start();
    const std::string body(3u << 20, 'x');
    EXPECT_EQ(post(body, "application/json").status, 202);
    EXPECT_EQ(processor_.posted().size(), 1u);
}

TEST_F(HttpClientTest, AsksInTurnWithEveryMethod) {
    start();
    HttpClient one = client();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(one.ask({.target = "/healthz"})->body, "{\"status\":\"alive\"}\n");
        EXPECT_EQ(one.ask({.method = "HEAD", .target = "/healthz"})->body, "");
        EXPECT_EQ(one.ask({.method = "POST",
                           .target = "/v1/spans",
                           .headers = {{"Content-Type", "application/json"}},
                           .body = "[]"})
                      ->status,
                  202);
        EXPECT_EQ(one.ask({.method = "POST", .target = "/v1/spans"})->status, 415);
    }
}

}  // namespace
}  // namespace spantoll::tools
