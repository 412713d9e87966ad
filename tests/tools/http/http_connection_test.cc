#include "tests/tools/http/http_server_fixture.h"
#include "tools/http/limits.h"
#include "tools/http/request_reader.h"

namespace spantoll::tools {
namespace {

constexpr std::chrono::seconds kPatience{20};

class HttpConnectionTest : public HttpServerTest {
  protected:
    HttpSocket connected() const {
        Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline());
        EXPECT_TRUE(socket) << socket.error().message;
        return std::move(*socket);
    }
    HttpSocket::Deadline deadline() const { return std::chrono::steady_clock::now() + kPatience; }
    std::string head(std::string_view first_line, std::string_view more = {}) const {
        return fmt::format(
            "{} HTTP/1.1\r\nHost: localhost:{}\r\n{}\r\n", first_line, server_->port(), more);
    }
    std::string post_head(std::string_view more) const {
        return head("POST /v1/spans", fmt::format("Content-Type: application/json\r\n{}", more));
    }
    // What comes until `end`, or until the connection ends.
    std::string receive_until(HttpSocket& socket, std::string_view end) const {
        std::string received;
        while (end.empty() || received.find(end) == std::string::npos) {
            const Result<std::string_view> piece = socket.receive(deadline());
            if (!piece) {
                return received + "<" + piece.error().message + ">";
            }
            if (piece->empty()) {
                return received + (end.empty() ? "" : "<end>");
            }
            received += *piece;
        }
        return received;
    }
    int64_t metric(std::string_view name) const {
        const std::string text = ask({.target = "/metrics"}).body;
        const std::string line = fmt::format("\n{} ", name);
        const size_t at = text.find(line);
        return at == std::string::npos ? -1 : std::atoll(text.c_str() + at + line.size());
    }
    // Asks until the metric has the value, or patience ends.
    bool comes_to(std::string_view name, int64_t value) const {
        const HttpSocket::Deadline end = deadline();
        while (std::chrono::steady_clock::now() < end) {
            if (metric(name) == value) {
                return true;
            }
        }
        return false;
    }
};

TEST_F(HttpConnectionTest, JudgesTheTokenBeforeTheBodyIsSent) {
    start({.listen = "127.0.0.1:0", .http = {.token = "s3cret", .tokens = {}, .tls = {}}});
    HttpSocket socket = connected();
    ASSERT_TRUE(socket.send(post_head("Content-Length: 4000000\r\n"), deadline()));
    EXPECT_TRUE(receive_until(socket, "}}\n").starts_with("HTTP/1.1 401 "));
}

TEST_F(HttpConnectionTest, TellsWhoExpectsItToGoOnAfterTheHeadWasJudged) {
    start({.listen = "127.0.0.1:0", .http = {.token = "s3cret", .tokens = {}, .tls = {}}});
    const std::string expecting = "Expect: 100-continue\r\nContent-Length: 2\r\n";
    HttpSocket good = connected();
    ASSERT_TRUE(good.send(post_head("Authorization: Bearer s3cret\r\n" + expecting), deadline()));
    EXPECT_EQ(receive_until(good, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(good.send("[]", deadline()));
    EXPECT_TRUE(receive_until(good, "}\n").starts_with("HTTP/1.1 202 "));

    HttpSocket stranger = connected();
    ASSERT_TRUE(stranger.send(post_head(expecting), deadline()));
    EXPECT_TRUE(receive_until(stranger, "}}\n").starts_with("HTTP/1.1 401 "));
}

TEST_F(HttpConnectionTest, AnErrorIsReadAlthoughTheClientStillSends) {
    start();
    HttpSocket socket = connected();
    const std::string body(kHttpBodyBytesMax * 3, 'x');
    ASSERT_TRUE(
        socket.send(post_head(fmt::format("Content-Length: {}\r\n", body.size())), deadline()));
    ASSERT_TRUE(socket.send(body, deadline()));
    const std::string answer = receive_until(socket, "");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_TRUE(answer.ends_with("}}\n")) << answer;
}

TEST_F(HttpConnectionTest, AnswersRequestsThatWereSentTogetherInTheirOrder) {
    start();
    HttpSocket socket = connected();
    std::string requests;
    for (int i = 0; i < 50; ++i) {
        requests += post_head("Content-Length: 2\r\n") + "[]" + head("GET /healthz");
    }
    ASSERT_TRUE(socket.send(requests + head("GET /readyz", "Connection: close\r\n"), deadline()));
    const std::string received = receive_until(socket, "");
    EXPECT_EQ(processor_.posted().size(), 50u);
    EXPECT_LT(received.find("\"offset\":48,"), received.find("\"offset\":49,"));
    EXPECT_LT(received.find("\"offset\":49,"), received.find("\"ready\":true"));
    EXPECT_TRUE(received.ends_with("}\n")) << received.substr(received.size() - 80);
}

// More of them than there are places, and renewed before any has been kept for its second.
TEST_F(HttpConnectionTest, HalfSentRequestsLockNobodyOut) {
    start();
    constexpr size_t kRounds = 3;
    for (size_t round = 0; round < kRounds; ++round) {
        std::vector<HttpSocket> half;
        for (size_t i = 0; i < kHttpConnectionsMax + kHttpHealthPlaces; ++i) {
            half.push_back(connected());
            ASSERT_TRUE(half.back().send("POST /v1/spans HTTP/1.1\r\nHost: lo", deadline()));
        }
        EXPECT_EQ(ask({.target = "/healthz"}).status, 200);
        EXPECT_EQ(ask({.target = "/readyz"}).status, 200);
        EXPECT_EQ(ask({.target = "/metrics"}).status, 200);
        EXPECT_EQ(post("[]", "application/json").status, 202);
    }
    EXPECT_GT(metric("spantoll_http_connections_displaced_total"), 0);
}

TEST_F(HttpConnectionTest, ABodyThatComesIsNotDisplaced) {
    start();
    constexpr size_t kPieces = 4;
    const std::string piece(kHttpBodyFairBytes, 'x');
    HttpSocket slow = connected();
    ASSERT_TRUE(slow.send(post_head(fmt::format("Content-Length: {}\r\n", kPieces * piece.size())),
                          deadline()));
    for (size_t i = 0; i < kPieces; ++i) {
        ASSERT_TRUE(slow.send(piece, deadline()));
        std::vector<HttpSocket> half;
        for (size_t j = 0; j < kHttpConnectionsMax; ++j) {
            half.push_back(connected());
            ASSERT_TRUE(half.back().send("POST /v1/spans HTTP/1.1\r\nHost: lo", deadline()));
        }
    }
    EXPECT_TRUE(receive_until(slow, "\n").starts_with("HTTP/1.1 202 "));
}

TEST_F(HttpConnectionTest, BodiesOfAllConnectionsShareOneBudget) {
    start();
    const size_t whole = kHttpBodiesBytesMax / kHttpBodyBytesMax;
    const std::string body(kHttpBodyBytesMax - 1, 'x');
    const std::string request =
        post_head(fmt::format("Content-Length: {}\r\n", kHttpBodyBytesMax)) + body;
    std::vector<HttpSocket> half;
    for (size_t i = 0; i < whole; ++i) {
        half.push_back(connected());
        ASSERT_TRUE(half.back().send(request, deadline()));
    }
    ASSERT_TRUE(comes_to("spantoll_http_body_bytes", static_cast<int64_t>(whole * body.size())));
    // All but some bytes are taken: the next great one is refused, and may come again.
    HttpSocket next = connected();
    ASSERT_TRUE(next.send(request, deadline()));
    const std::string refused = receive_until(next, "}}\n");
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503 ")) << refused;
    EXPECT_NE(refused.find("Retry-After: 1\r\n"), std::string::npos);
    for (HttpSocket& socket : half) {
        ASSERT_TRUE(socket.send("x", deadline()));
        EXPECT_TRUE(receive_until(socket, "\n").starts_with("HTTP/1.1 202 "));
    }
    EXPECT_EQ(processor_.posted().size(), whole);
    EXPECT_EQ(post(body, "application/json").status, 202);
}

// What a refused body gives back to the budget is gone, though its connection is still open.
TEST(HttpRequestReader, ADroppedBodyTakesNoMemory) {
    HttpRequestReader reader;
    const std::string begun(1U << 20, 'x');
    ASSERT_EQ(reader.read(
                  "POST /v1/spans HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4194304\r\n\r\n"),
              HttpRequestReader::Stage::kHeadRead);
    ASSERT_EQ(reader.read_body(), HttpRequestReader::Stage::kBody);
    ASSERT_EQ(reader.read(begun), HttpRequestReader::Stage::kBody);
    EXPECT_EQ(reader.body_bytes(), begun.size());
    reader.drop_body();
    EXPECT_EQ(reader.body_bytes(), 0U);
    EXPECT_LT(reader.request().body.capacity(), 64U);
}

TEST_F(HttpConnectionTest, AStreamWhoseClientHasGoneFreesItsPlaceAtOnce) {
    start();
    const std::string request = head("GET /v1/decisions", "Accept: text/event-stream\r\n");
    {
        std::vector<HttpSocket> streams;
        for (size_t i = 0; i < kStreamsMax; ++i) {
            streams.push_back(connected());
            ASSERT_TRUE(streams.back().send(request, deadline()));
            ASSERT_TRUE(receive_until(streams.back(), "retry: 2000").starts_with("HTTP/1.1 200 "));
        }
        EXPECT_EQ(metric("spantoll_http_streams"), static_cast<int64_t>(kStreamsMax));
    }
    const auto before = std::chrono::steady_clock::now();
    EXPECT_TRUE(comes_to("spantoll_http_streams", 0));
    EXPECT_LT(std::chrono::steady_clock::now() - before, kHeartbeatPause / 3);
    HttpSocket next = connected();
    ASSERT_TRUE(next.send(request, deadline()));
    EXPECT_TRUE(receive_until(next, "retry: 2000").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpConnectionTest, AStopEndsStreamsAndIdleConnectionsInOrder) {
    start();
    HttpSocket stream = connected();
    ASSERT_TRUE(
        stream.send(head("GET /v1/decisions", "Accept: text/event-stream\r\n"), deadline()));
    ASSERT_TRUE(receive_until(stream, "retry: 2000").starts_with("HTTP/1.1 200 "));
    HttpSocket idle = connected();
    ASSERT_TRUE(idle.send(head("GET /healthz"), deadline()));
    ASSERT_TRUE(receive_until(idle, "}\n").starts_with("HTTP/1.1 200 "));
    server_->stop();
    EXPECT_TRUE(receive_until(stream, "").ends_with("0\r\n\r\n"));
    EXPECT_EQ(receive_until(idle, ""), "");
}

}  // namespace
}  // namespace spantoll::tools
