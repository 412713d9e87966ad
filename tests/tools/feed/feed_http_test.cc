#include "tools/feed/feed_http.h"

#include <gtest/gtest.h>

#include "tests/tools/feed/canned_server.h"
#include "tests/tools/http/http_server_fixture.h"

namespace spantoll::tools {
namespace {

const std::string kAlive =
    CannedServer::text("200 OK", "application/json", R"({"status":"alive"})");

// What became of one record, posted to a server that gives `answer` to it.
struct Posted {
    Result<void> sent;
    uint64_t refused = 0;
    std::string refusal;
};

Posted post_to(const std::string& answer) {
    const CannedServer server(
        [answer](const std::string& head) { return head.starts_with("GET") ? kAlive : answer; });
    const auto target = HttpTarget::open(server.url(), {});
    if (!target) {
        return {tl::make_unexpected(target.error()), 0, {}};
    }
    Posted posted;
    posted.sent = (*target)->send({.key = {}, .content_type = "application/json", .bytes = "[{}]"});
    posted.refused = (*target)->refused_count();
    posted.refusal = (*target)->refusal();
    return posted;
}

std::string json(std::string_view status, std::string_view body) {
    return CannedServer::text(status, "application/json", body);
}

TEST(HttpTarget, TakesAnOffsetForStored) {
    const Posted posted = post_to(json("202 Accepted", R"({"offset":0,"append_time_ms":1})"));
    EXPECT_TRUE(posted.sent) << posted.sent.error().message;
    EXPECT_EQ(posted.refused, 0u);
}

TEST(HttpTarget, TakesNothingElseForStored) {
    for (const std::string& answer :
         {CannedServer::text("200 OK", "text/plain", "hello"),
          json("200 OK", R"({"offset":1,"append_time_ms":1})"),
          std::string("HTTP/1.1 204 No Content\r\n\r\n"),
          json("202 Accepted", ""),
          json("202 Accepted", R"({"offset":"1"})"),
          json("202 Accepted", R"({"offset":-1})"),
          json("202 Accepted", R"({"offset":1)"),
          CannedServer::text("202 Accepted", "text/html", R"({"offset":1,"append_time_ms":1})"),
          CannedServer::text("302 Found", "text/html", ""),
          CannedServer::text("404 Not Found", "text/html", "<h1>404</h1>"),
          CannedServer::text("400 Bad Request", "text/html", "<h1>400</h1>"),
          json("403 Forbidden", R"({"error":{"code":"origin_refused","message":"No."}})"),
          json("501 Not Implemented", R"({"error":{"code":"source_is_kafka","message":"No."}})")}) {
        const Posted posted = post_to(answer);
        ASSERT_FALSE(posted.sent) << answer;
        EXPECT_EQ(posted.sent.error().kind, ErrorKind::kUnavailable) << answer;
        EXPECT_EQ(posted.refused, 0u) << answer;
    }
}

TEST(HttpTarget, CountsAProcessorsRefusalOfOneRecordAndSaysWhy) {
    const Posted posted =
        post_to(json("413 Content Too Large",
                     R"({"error":{"code":"too_large","message":"\"x\" \u001b[2J \u009b"}})"));
    EXPECT_TRUE(posted.sent);
    EXPECT_EQ(posted.refused, 1u);
    EXPECT_EQ(posted.refusal, R"("x" \u{1b}[2J \u{9b} (HTTP status 413))");
}

TEST(HttpTarget, OpensNothingButAProcessor) {
    for (const std::string& answer : {CannedServer::text("200 OK", "text/html", "<h1>hello</h1>"),
                                      json("200 OK", "{}"),
                                      json("503 Service Unavailable", R"({"status":"alive"})"),
                                      std::string("HTTP/1.1 204 No Content\r\n\r\n")}) {
        const CannedServer server(answer);
        const auto target = HttpTarget::open(server.url(), {});
        ASSERT_FALSE(target) << answer;
        EXPECT_EQ(target.error().kind, ErrorKind::kUnavailable) << answer;
    }
}

class HttpTargetTest : public HttpServerTest {};

TEST_F(HttpTargetTest, SendsToAProcessor) {
    start();
    const auto target = HttpTarget::open(url(), {});
    ASSERT_TRUE(target) << target.error().message;
    ASSERT_TRUE((*target)->send({.key = {}, .content_type = "application/json", .bytes = "[{}]"}));
    ASSERT_TRUE((*target)->send({.key = {}, .content_type = "application/json", .bytes = "[]"}));
    EXPECT_EQ(processor_.posted().size(), 2u);
}

}  // namespace
}  // namespace spantoll::tools
