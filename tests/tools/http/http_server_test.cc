#include <thread>

#include "tests/tools/http/http_server_fixture.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/http/server.h"

namespace spantoll::tools {
namespace {

TEST_F(HttpServerTest, AcceptsARecordAndSaysWhereItStands) {
    start();
    EXPECT_EQ(post("{\"a\":1}", "application/json; charset=UTF-8").status, 202);
    const HttpAnswer answer = post("SPB1", "application/x-flatbuffers");

    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.body, "{\"offset\":1,\"append_time_ms\":1700000000000}\n");
    EXPECT_EQ(answer.header("content-type"), "application/json");
    const std::vector<PostedRecord> posted = processor_.posted();
    ASSERT_EQ(posted.size(), 2u);
    EXPECT_EQ(posted[0].content_type, "application/json");
    EXPECT_EQ(posted[0].bytes, "{\"a\":1}");
    EXPECT_EQ(posted[1].content_type, "application/x-flatbuffers");
}

TEST_F(HttpServerTest, TakesABodyOfTheGreatestSizeAndAnswers413ToOneByteMore) {
    start();
    const std::string body(kHttpBodyBytesMax + 1, 'x');
    EXPECT_EQ(post(body, "application/x-protobuf").status, 413);
    EXPECT_EQ(post(body + body + body, "application/x-protobuf").status, 413);
    EXPECT_TRUE(processor_.posted().empty());

    EXPECT_EQ(post(std::string_view(body).substr(1), "application/x-protobuf").status, 202);
    ASSERT_EQ(processor_.posted().size(), 1u);
    EXPECT_EQ(processor_.posted()[0].bytes.size(), kHttpBodyBytesMax);
}

TEST_F(HttpServerTest, TakesABodyInChunks) {
    start();
    const std::string answer = exchange_raw(
        fmt::format("POST /v1/spans HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n"
                    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "1\r\n[\r\n2\r\n{{}}\r\n1\r\n]\r\n0\r\n\r\n",
                    server_->port()));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 Accepted\r\n")) << answer;
    ASSERT_EQ(processor_.posted().size(), 1u);
    EXPECT_EQ(processor_.posted()[0].bytes, "[{}]");
}

TEST_F(HttpServerTest, IgnoresAnOfferToUpgrade) {
    start();
    const std::string answer = exchange_raw(
        fmt::format("POST /v1/spans HTTP/1.1\r\nHost: localhost:{}\r\n"
                    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
                    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
                    server_->port()),
        "}\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 Accepted\r\n")) << answer;
}

TEST_F(HttpServerTest, Answers503WithRetryAfterWhileTheLogIsFull) {
    start();
    processor_.refuse_posts({ErrorKind::kUnavailable, "The log is full."});
    const HttpAnswer full = post("{}", "application/json");
    EXPECT_EQ(full.status, 503);
    EXPECT_EQ(full.header("Retry-After"), "1");
    EXPECT_EQ(full.error_text(), "The log is full. (HTTP status 503)");

    // The disk's error is for the log: it may have paths in it.
    processor_.refuse_posts({ErrorKind::kDisk, "/var/lib/x: fsync: no space."});
    const HttpAnswer broken = post("{}", "application/json");
    EXPECT_EQ(broken.status, 500);
    EXPECT_EQ(broken.error_text(),
              "The disk failed; the log of the processor says how. (HTTP status 500)");
}

TEST_F(HttpServerTest, RefusesPostsWhereTheSourceIsKafka) {
    HttpBackend backend = processor_.backend();
    backend.append = nullptr;
    start({.listen = "127.0.0.1:0", .http = {}}, std::move(backend));
    EXPECT_EQ(post("{}", "application/json").status, 501);
}

TEST_F(HttpServerTest, GivesDecisionsAsLinesFromASequenceOn) {
    start();
    for (int i = 0; i < 600; ++i) {
        processor_.add_decision(i % 2 == 0 ? "team:a" : "team:b");
    }
    const HttpAnswer some = ask({.target = "/v1/decisions?after=2&limit=2"});
    EXPECT_EQ(some.header("Content-Type"), "application/x-ndjson");
    EXPECT_EQ(some.body, logged_json(3, "team:a") + "\n" + logged_json(4, "team:b") + "\n");
    EXPECT_EQ(some.header("Spantoll-Next-After"), "4");
    EXPECT_EQ(some.header("Spantoll-More"), "true");

    const HttpAnswer filtered = ask({.target = "/v1/decisions?after=596&account=team%3Ab"});
    EXPECT_EQ(filtered.body, logged_json(598, "team:b") + "\n" + logged_json(600, "team:b") + "\n");
    EXPECT_EQ(filtered.header("Spantoll-Next-After"), "600");
    EXPECT_EQ(filtered.header("Spantoll-More"), "false");

    const HttpAnswer all = ask({.target = "/v1/decisions"});
    EXPECT_EQ(std::count(all.body.begin(), all.body.end(), '\n'), 600);
    EXPECT_EQ(ask({.target = "/v1/decisions?after=600"}).body, "");
}

// A consumer that comes with a position of another data directory waited for ever, or, with the
// largest number of all, was given everything.
TEST_F(HttpServerTest, IsGoneForAPositionAheadOfTheLog) {
    start();
    for (int i = 0; i < 40; ++i) {
        processor_.add_decision("team:a");
    }
    EXPECT_EQ(ask({.target = "/v1/decisions?after=40"}).status, 200);
    for (const char* ahead : {"41", "50", "18446744073709551615"}) {
        const HttpAnswer answer = ask({.target = fmt::format("/v1/decisions?after={}", ahead)});
        EXPECT_EQ(answer.status, 410) << ahead;
        EXPECT_EQ(answer.header("Spantoll-Last-Sequence"), "40");
    }
    const HttpAnswer stream =
        ask({.target = "/v1/decisions",
             .headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", "50"}}});
    EXPECT_EQ(stream.status, 410);
}

TEST_F(HttpServerTest, RefusesDecisionParametersThatItDoesNotKnow) {
    start();
    for (const char* query :
         {"after=-1", "after=x", "after=", "limit=0", "limit=10001", "from=3", "account=%zz"}) {
        const HttpAnswer answer = ask({.target = fmt::format("/v1/decisions?{}", query)});
        EXPECT_EQ(answer.status, 400) << query;
    }
}

TEST_F(HttpServerTest, SaysWhichDecisionParameterIsWrongAndWhatToWrite) {
    start();
    constexpr std::string_view kAfter =
        "write the sequence of a decision, a whole number from 0 on.";
    constexpr std::string_view kLimit = "write a whole number from 1 to 10000.";
    const std::vector<std::pair<std::string, std::string>> rows{
        {"after=-1", fmt::format("after=-1 will not do: {}", kAfter)},
        {"after=", fmt::format("after= will not do: {}", kAfter)},
        {"after=18446744073709551616",
         fmt::format("after=18446744073709551616 will not do: {}", kAfter)},
        {"limit=0", fmt::format("limit=0 will not do: {}", kLimit)},
        {"limit=10001", fmt::format("limit=10001 will not do: {}", kLimit)},
        {"limit=%1B", fmt::format("limit=\\\\u{{1b}} will not do: {}", kLimit)},
    };
    for (const auto& [query, sentence] : rows) {
        const HttpAnswer answer = ask({.target = "/v1/decisions?" + query});
        EXPECT_EQ(answer.body,
                  R"({"error":{"code":"bad_request","message":")" + sentence + "\"}}\n");
    }
    const HttpAnswer stream =
        ask({.target = "/v1/decisions",
             .headers = {{"Accept", "text/event-stream"}, {"Last-Event-ID", "x"}}});
    EXPECT_NE(stream.body.find(fmt::format("Last-Event-ID: x will not do: {}", kAfter)),
              std::string::npos)
        << stream.body;
}

// Until `is_enough`; false where the server closes or the time is over before.
bool receive_into(std::string& received,
                  HttpSocket& socket,
                  std::chrono::steady_clock::time_point deadline,
                  const std::function<bool()>& is_enough) {
    while (!is_enough()) {
        const Result<std::string_view> piece = socket.receive(deadline);
        if (!piece || piece->empty()) {
            return false;
        }
        received += *piece;
    }
    return true;
}

TEST_F(HttpServerTest, StreamsDecisionsThatAreThereAndThoseThatCome) {
    start();
    processor_.add_decision("a");
    processor_.add_decision("b");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
    ASSERT_TRUE(socket);
    ASSERT_TRUE(socket->send(fmt::format("GET /v1/decisions HTTP/1.1\r\nHost: localhost:{}\r\n"
                                         "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n\r\n",
                                         server_->port()),
                             deadline));
    std::string received;
    const auto receive_until = [&](std::string_view end) {
        return receive_into(
            received, *socket, deadline, [&] { return received.find(end) != std::string::npos; });
    };
    ASSERT_TRUE(receive_until("id: 2\nevent: decision\ndata: " + logged_json(2, "b") + "\n\n"))
        << received;
    EXPECT_NE(received.find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_EQ(received.find("id: 1\n"), std::string::npos);

    processor_.add_decision("c");
    server_->decisions_appended();
    ASSERT_TRUE(receive_until("id: 3\nevent: decision\ndata: " + logged_json(3, "c") + "\n\n"))
        << received;

    server_->stop();
    EXPECT_TRUE(receive_until("\r\n0\r\n\r\n")) << "a stop ends the stream in order";
}

// More than the sockets between them hold, so that the piece is under way when the stop begins.
TEST_F(HttpServerTest, AStopEndsAStreamInOrderWhosePieceIsUnderWay) {
    start();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
    ASSERT_TRUE(socket);
    ASSERT_TRUE(socket->send(fmt::format("GET /v1/decisions HTTP/1.1\r\nHost: localhost:{}\r\n"
                                         "Accept: text/event-stream\r\n\r\n",
                                         server_->port()),
                             deadline));
    processor_.add_decision(std::string(size_t{12} << 20, 'a'));
    server_->decisions_appended();
    std::string received;
    ASSERT_TRUE(receive_into(received, *socket, deadline, [&] {
        return received.find("id: 1\n") != std::string::npos;
    }));
    bool has_end = false;
    std::thread reader([&] {
        has_end = receive_into(
            received, *socket, deadline, [&] { return received.ends_with("\r\n0\r\n\r\n"); });
    });
    server_->stop();
    reader.join();
    EXPECT_TRUE(has_end) << received.size() << " bytes came";
}

TEST_F(HttpServerTest, RefusesAStreamTooMany) {
    start();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const std::string request = fmt::format(
        "GET /v1/decisions HTTP/1.1\r\nHost: localhost:{}\r\n"
        "Accept: text/event-stream\r\n\r\n",
        server_->port());
    std::vector<HttpSocket> streams;
    for (size_t i = 0; i < kStreamsMax; ++i) {
        Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
        ASSERT_TRUE(socket && socket->send(request, deadline));
        ASSERT_TRUE(socket->receive(deadline)->starts_with("HTTP/1.1 200 OK"));
        streams.push_back(std::move(*socket));
    }
    EXPECT_TRUE(exchange_raw(request, "}}\n").starts_with("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, DecodesAnAccountInThePathOnce) {
    start();
    EXPECT_EQ(ask({.target = "/v1/accounts/virtual_key%3Avk1"}).body, "[virtual_key:vk1]");
    EXPECT_EQ(ask({.target = "/v1/accounts/domain_activity:a.b,Create"}).body,
              "[domain_activity:a.b,Create]");
    EXPECT_EQ(ask({.target = "/v1/accounts/service%3Aa%252Fb"}).body, "[service:a%2Fb]");
    const std::string account = "service:100%25 + %C3%A4";
    EXPECT_EQ(ask({.target = "/v1/accounts/" + percent_encode(account)}).body, "[" + account + "]");
    EXPECT_EQ(ask({.target = "/v1/accounts/a%2"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/accounts/%FF"}).status, 400);
    EXPECT_EQ(ask({.target = "/v1/accounts/a/b"}).status, 404);
    EXPECT_EQ(ask({.target = "/v1/accounts/unknown"}).status, 404);
    EXPECT_EQ(ask({.target = "/v1/accounts/slow"}).status, 503);
}

TEST_F(HttpServerTest, AnAccountThatCannotBeHasOneCodeEverywhere) {
    start();
    for (const char* target : {"/v1/accounts/Upper.Example",
                               "/v1/accounts/%FF",
                               "/v1/check?account=nonsense:x",
                               "/v1/check?account=%FF",
                               "/v1/decisions?account=nonsense:x",
                               "/v1/decisions?account=%FF",
                               "/v1/decisions?account="}) {
        const HttpAnswer answer = ask({.target = target});
        EXPECT_EQ(answer.status, 400) << target;
        EXPECT_TRUE(answer.body.starts_with(R"({"error":{"code":"account_invalid",)"))
            << target << answer.body;
    }
}

// A load balancer and a scraper may add what they like.
TEST_F(HttpServerTest, HealthPagesIgnoreAQuery) {
    start();
    for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
        for (const char* query : {"?x=1", "?x=1&x=2", "?%zz", "?"}) {
            EXPECT_EQ(ask({.target = std::string(path) + query}).status, 200) << path << query;
        }
    }
    EXPECT_EQ(ask({.target = "/v1/accounts/a?x=1"}).status, 400);
}

TEST_F(HttpServerTest, AnswersHealthReadinessAndMetrics) {
    start();
    EXPECT_EQ(ask({.target = "/healthz"}).status, 200);
    EXPECT_EQ(ask({.target = "/readyz"}).body,
              R"({"ready":true,"state":{"partitions":[]}})"
              "\n");
    processor_.set_ready({});
    const HttpAnswer unready = ask({.target = "/readyz"});
    EXPECT_EQ(unready.status, 503);
    EXPECT_EQ(unready.body,
              R"({"ready":false,"error":{"code":"not_ready","message":)"
              R"("Partition 1 has no leader."},"state":{"partitions":[]}})"
              "\n");
    const HttpAnswer metrics = ask({.target = "/metrics"});
    EXPECT_TRUE(metrics.body.starts_with("# processor\n# HELP spantoll_http_responses_total "));
    EXPECT_NE(metrics.body.find(R"(spantoll_http_responses_total{route="readyz",code="5xx"} 1)"),
              std::string::npos)
        << metrics.body;
}

TEST_F(HttpServerTest, AnswersUnknownPathsAndMethodsInJson) {
    start();
    const HttpAnswer unknown = ask({.target = "/v1/nothing"});
    EXPECT_EQ(unknown.status, 404);
    EXPECT_TRUE(unknown.body.starts_with(R"({"error":{"code":"not_found","message":")"));
    const HttpAnswer wrong = ask({.method = "POST", .target = "/v1/levels"});
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD");
    const HttpAnswer get = ask({.target = "/v1/spans"});
    EXPECT_EQ(get.status, 405);
    EXPECT_EQ(get.header("Allow"), "POST");
    const std::string head = exchange_raw(
        fmt::format("HEAD /healthz HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n",
                    server_->port()));
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, KeepsItsConnectionFromOneAskToTheNext) {
    start();
    HttpClient kept = client();
    for (int i = 0; i < 20; ++i) {
        ASSERT_EQ(kept.ask({.target = "/healthz"})->status, 200);
    }
    const Result<HttpAnswer> metrics = kept.ask({.target = "/metrics"});
    EXPECT_NE(metrics->body.find("spantoll_http_connections 1\n"), std::string::npos)
        << metrics->body;
}

TEST_F(HttpServerTest, AnswersARecordUnderWayWhenStopped) {
    start();
    processor_.close_gate();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
    ASSERT_TRUE(socket);
    ASSERT_TRUE(socket->send(fmt::format("POST /v1/spans HTTP/1.1\r\nHost: localhost:{}\r\n"
                                         "Content-Type: application/json\r\n"
                                         "Content-Length: 2\r\n\r\n[]",
                                         server_->port()),
                             deadline));
    // An answer to a later request shows that the record is with the backend or waits for it.
    EXPECT_EQ(ask({.target = "/healthz"}).status, 200);
    std::thread opener([this] { processor_.open_gate(); });
    server_->stop();
    opener.join();
    const Result<std::string_view> answer = socket->receive(deadline);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->starts_with("HTTP/1.1 202 ") || answer->starts_with("HTTP/1.1 503 "))
        << *answer;
}

TEST_F(HttpServerTest, SaysThatThePortIsTaken) {
    const auto first =
        HttpServer::start({.listen = "127.0.0.1:0", .http = {}}, processor_.backend());
    ASSERT_TRUE(first);
    const auto second =
        HttpServer::start({.listen = fmt::format("127.0.0.1:{}", first->get()->port()), .http = {}},
                          processor_.backend());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kUnavailable);
    EXPECT_NE(second.error().message.find("in use"), std::string::npos) << second.error().message;
}

}  // namespace
}  // namespace spantoll::tools
