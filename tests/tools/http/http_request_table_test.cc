#include <array>
#include <charconv>

#include "tests/tools/http/http_server_fixture.h"
#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

// A request byte by byte, and the status that it gets. {H} stands for the listener's Host header,
// {P} for its port, and {POST} for the beginning of a good post.
struct Row {
    int status;
    const char* request;
};

constexpr std::array kRows{
    // Good ones.
    Row{200, "GET /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{200, "\r\n\r\nGET /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{200, "GET /healthz?x=1 HTTP/1.1\r\n{H}\r\n"},
    Row{200, "HEAD /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{200, "GET /healthz HTTP/1.0\r\n\r\n"},
    Row{200, "HEAD /readyz HTTP/1.0\r\n\r\n"},
    Row{200, "GET /healthz HTTP/1.0\r\n{H}Connection: keep-alive\r\n\r\n"},
    Row{200, "GET http://localhost:{P}/healthz HTTP/1.1\r\n{H}\r\n"},
    Row{200, "GET HTTP://127.0.0.1:{P}/healthz HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n"},
    Row{200, "GET /healthz HTTP/1.1\r\n{H}Content-Length: 3\r\n\r\nabc"},
    Row{200, "GET /healthz HTTP/1.1\r\n{H}X-Y: \r\nX-Z:  a  \r\n\r\n"},
    Row{200, "GET /healthz HTTP/1.1\r\n{H}Expect: 100-continue\r\n\r\n"},
    Row{202, "{POST}Content-Length: 2\r\n\r\n[]"},
    Row{202, "{POST}Content-Length: 0002\r\n\r\n[]"},
    Row{202, "{POST}content-length:2\r\n\r\n[]"},
    Row{202, "{POST}Content-Encoding: Identity\r\nContent-Length: 2\r\n\r\n[]"},
    Row{202, "{POST}Transfer-Encoding: Chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{202, "{POST}Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n[\r\n01\r\n]\r\n0\r\nX: y\r\n\r\n"},
    Row{202, "{POST}Expect: 100-Continue\r\nContent-Length: 2\r\n\r\n[]"},
    // The request line.
    Row{400, "GET\r\n{H}\r\n"},
    Row{400, "GET /healthz\r\n{H}\r\n"},
    Row{400, "GET  /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET /healthz  HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET /healthz HTTP/1.1 \r\n{H}\r\n"},
    Row{400, "GET /health z HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET\t/healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, " GET /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET /healthz HTTP/1.1\n{H}\r\n"},
    Row{400, "GET /healthz http/1.1\r\n{H}\r\n"},
    Row{400, "GET /healthz HTTP/1.1x\r\n{H}\r\n"},
    Row{400, "GET /healthz HTe\r\n\r\n"},
    Row{400, "GET /healthz THTP/1.1\r\n{H}\r\n"},
    Row{400, "GET healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET * HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET /healthz#x HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET ftp://localhost/healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET http://user@localhost:{P}/healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "GET http:///healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "G(T /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{400, "\x16\x03\x01\x02 \x01\xfc\x03\x03\r\n\r\n"},
    Row{505, "GET /healthz HTTP/9.9\r\n{H}\r\n"},
    Row{505, "GET /healthz HTTP/1.2\r\n{H}\r\n"},
    Row{505, "GET /healthz HTTP/0.9\r\n{H}\r\n"},
    Row{505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    Row{421, "GET http://evil.example/healthz HTTP/1.1\r\n{H}\r\n"},
    // Methods and paths.
    Row{501, "get /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{501, "BREW /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{501, "PROPFIND /nothing HTTP/1.1\r\n{H}\r\n"},
    Row{405, "PUT /v1/spans HTTP/1.1\r\n{H}Content-Length: 2\r\n\r\n[]"},
    Row{405, "DELETE /v1/decisions HTTP/1.1\r\n{H}\r\n"},
    Row{405, "OPTIONS /v1/spans HTTP/1.1\r\n{H}\r\n"},
    Row{405, "TRACE /healthz HTTP/1.1\r\n{H}\r\n"},
    Row{404, "OPTIONS * HTTP/1.1\r\n{H}\r\n"},
    Row{404, "GET /v1/../healthz HTTP/1.1\r\n{H}\r\n"},
    Row{404, "GET /%68ealthz HTTP/1.1\r\n{H}\r\n"},
    // Headers.
    Row{400, "GET /healthz HTTP/1.1\r\n{H}\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n\n{H}\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}{H}\r\n"},
    Row{421, "GET /metrics HTTP/1.0\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y : z\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y: a\r\n b\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y:\r\n\tb\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n X: y\r\n{H}\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}: y\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X(Y: z\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y: a\x01z\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y: a\rb\r\n\r\n"},
    Row{400, "GET /healthz HTTP/1.1\r\n{H}X-Y: a\nX-Z: b\r\n\r\n"},
    Row{417, "{POST}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n[]"},
    Row{415, "{POST}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]"},
    Row{415,
        "{POST}Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: "
        "2\r\n\r\n[]"},
    Row{415, "{POST}Content-Encoding: identity, gzip\r\nContent-Length: 2\r\n\r\n[]"},
    Row{415, "{POST}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"},
    // Lengths.
    Row{411, "{POST}\r\n"},
    Row{400, "{POST}Content-Length: 0\r\n\r\n"},
    Row{400, "{POST}Content-Length : 2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: -2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: +2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 0x2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 2 2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: two\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: \r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 2, 2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n[]"},
    Row{400, "{POST}Content-Length: 18446744073709551616\r\n\r\n[]"},
    Row{413, "{POST}Content-Length: 18446744073709551615\r\n\r\n[]"},
    Row{413, "{POST}Content-Length: 4194305\r\n\r\n[]"},
    // Transfer codings and chunks.
    Row{400, "{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{501, "{POST}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{501, "{POST}Transfer-Encoding: gzip\r\n\r\n[]"},
    Row{501, "{POST}Transfer-Encoding: xchunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{501, "{POST}Transfer-Encoding: chunked, gzip\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{501, "{POST}Transfer-Encoding: identity\r\nContent-Type: x\r\n\r\n[]"},
    Row{400, "{POST}Transfer-Encoding: chunked, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    Row{400, "POST /v1/spans HTTP/1.0\r\n{H}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\nx\r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n-2\r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n0x2\r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n2 \r\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n2\n[]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n[]]\r\n0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n2\r\n[]0\r\n\r\n"},
    Row{400, "{POST}Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n[]\r\n0\r\n\r\n"},
    Row{413, "{POST}Transfer-Encoding: chunked\r\n\r\n400001\r\n[]"},
    Row{413, "{POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n[]"},
};

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), by);
        at += by.size();
    }
    return text;
}

class HttpRequestTableTest : public HttpServerTest {
  protected:
    std::string request_of(const char* pattern) const {
        const std::string port = fmt::format("{}", server_->port());
        std::string text = replaced(pattern,
                                    "{POST}",
                                    "POST /v1/spans HTTP/1.1\r\n{H}"
                                    "Content-Type: application/json\r\n");
        text = replaced(text, "{H}", "Host: localhost:{P}\r\n");
        return replaced(text, "{P}", port);
    }

    // Sends in pieces of `step` bytes, and reads one whole answer; where it says that the
    // connection ends, the end must come in order. The status, or what went wrong.
    std::string status_of(std::string_view request, size_t step) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        Result<HttpSocket> socket = HttpSocket::connect("127.0.0.1", server_->port(), deadline);
        if (!socket) {
            return socket.error().message;
        }
        for (size_t at = 0; at < request.size(); at += step) {
            if (!socket->send(request.substr(at, step), deadline)) {
                break;  // answered already
            }
        }
        std::string received;
        while (!is_whole(received)) {
            const Result<std::string_view> piece = socket->receive(deadline);
            if (!piece) {
                return piece.error().message;
            }
            if (piece->empty()) {
                return "closed after: " + received;
            }
            received += *piece;
        }
        if (received.find("Connection: close\r\n") != std::string::npos) {
            const Result<std::string_view> rest = socket->receive(deadline);
            if (!rest || !rest->empty()) {
                return "no end in order: " + (rest ? std::string(*rest) : rest.error().message);
            }
        }
        return received.substr(9, 3);
    }

    static bool is_whole(std::string& received) {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (received.starts_with(kContinue)) {
            received.erase(0, kContinue.size());
        }
        const size_t head_end = received.find("\r\n\r\n");
        const size_t length_at = received.find("Content-Length: ");
        if (head_end == std::string::npos || length_at == std::string::npos) {
            return false;
        }
        size_t length = 0;
        const char* text =
            received.data() + length_at + std::string_view("Content-Length: ").size();
        std::from_chars(text, received.data() + received.size(), length);
        const bool has_body = received.size() > head_end + 4;
        return received.size() >= head_end + 4 + (has_body ? length : 0);
    }
};

TEST_F(HttpRequestTableTest, EveryRequestGetsItsStatus) {
    start();
    size_t stored = 0;
    for (const Row& row : kRows) {
        const std::string request = request_of(row.request);
        EXPECT_EQ(status_of(request, request.size()), fmt::format("{}", row.status)) << request;
        stored += row.status == 202 ? 1 : 0;
        EXPECT_EQ(processor_.posted().size(), stored) << request;
    }
}

TEST_F(HttpRequestTableTest, HoweverItIsCutOnItsWay) {
    start();
    for (const Row& row : kRows) {
        const std::string request = request_of(row.request);
        EXPECT_EQ(status_of(request, 1), fmt::format("{}", row.status)) << request;
    }
}

TEST_F(HttpRequestTableTest, WhatIsTooLongIsSaidToBe) {
    start();
    const auto get = [this](const std::string& path, const std::string& headers) {
        const std::string request =
            request_of(("GET " + path + " HTTP/1.1\r\n{H}" + headers + "\r\n").c_str());
        return status_of(request, request.size());
    };
    const std::string query = "/healthz?";
    EXPECT_EQ(get(query + std::string(kHttpUrlBytesMax - query.size(), 'x'), ""), "200");
    EXPECT_EQ(get(query + std::string(kHttpUrlBytesMax - query.size() + 1, 'x'), ""), "414");
    EXPECT_EQ(get("/" + std::string(kHttpHeadBytesMax, 'x'), ""), "414");
    EXPECT_EQ(get("/" + std::string(1u << 20, 'x'), ""), "414");
    EXPECT_EQ(get("/healthz", "X: " + std::string(kHttpHeaderBytesMax, 'x') + "\r\n"), "200");
    EXPECT_EQ(get("/healthz", "X: " + std::string(kHttpHeaderBytesMax + 1, 'x') + "\r\n"), "431");
    EXPECT_EQ(get("/healthz", "X: " + std::string(1u << 20, 'x') + "\r\n"), "431");
    EXPECT_EQ(get("/healthz", std::string(kHttpHeaderNameBytesMax + 1, 'x') + ": y\r\n"), "431");
    std::string many;
    for (size_t i = 1; i < kHttpHeadersMax; ++i) {
        many += fmt::format("X-{}: y\r\n", i);
    }
    EXPECT_EQ(get("/healthz", many), "200");
    EXPECT_EQ(get("/healthz", many + "X-Last: y\r\n"), "431");
    std::string wide;
    for (size_t i = 0; i < 12; ++i) {
        wide += fmt::format("X-{}: {}\r\n", i, std::string(kHttpHeaderBytesMax - 16, 'x'));
    }
    EXPECT_EQ(get("/healthz", wide), "431");
}

}  // namespace
}  // namespace spantoll::tools
