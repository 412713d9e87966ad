#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"
#include "tools/client/answer.h"
#include "tools/client/http_url.h"

namespace spantoll::tools {

struct HttpClientOptions {
    std::string token = {};                  // Bearer; empty = none
    std::chrono::milliseconds time{10'000};  // for one whole exchange, connecting included
};

struct HttpAsk {
    std::string method = "GET";  // or HEAD, POST
    std::string target;          // "/v1/check?account=a", encoded; the URL's path goes before it
    std::vector<std::pair<std::string, std::string>> headers = {};  // no line ends in them
    std::string_view body = {};                                     // of a POST
};

// A small blocking client over libcurl that keeps its connection: asks are sent one after the
// other. A connection that the server has closed meanwhile is opened anew before an ask is sent,
// and a body is never sent twice, so that nothing is posted twice. One thread.
//
// Redirects are answers and not followed, the environment's proxies (http_proxy) are not used, and
// an answer is bounded (limits.h). An https:// server must show a certificate for its name that the
// system's authorities vouch for, or those of the file SSL_CERT_FILE of the environment.
//
//   HttpClient client(*parse_http_url("http://127.0.0.1:8620"), {});
//   Result<HttpAnswer> answer = client.ask({.target = "/healthz"});
class HttpClient {
  public:
    HttpClient(HttpUrl url, HttpClientOptions options);
    ~HttpClient();
    HttpClient(HttpClient&& other) noexcept;
    HttpClient& operator=(HttpClient&& other) = delete;
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // kUnavailable: nobody listens there, the time is over, the certificate is not good, or the
    // answer is not HTTP. Any status is an answer.
    Result<HttpAnswer> ask(const HttpAsk& ask);

  private:
    struct Handle;

    tl::unexpected<Error> unavailable(std::string_view what) const;
    // `code` is libcurl's.
    std::string failure_text(int code) const;

    HttpUrl url_;
    HttpClientOptions options_;
    std::unique_ptr<Handle> handle_;
};

// The token of a client: the first line of `token_file` where one is given, else the environment's
// SPANTOLL_TOKEN, else none. Blanks around it and a line's CR do not belong to it. kConfig: the
// file cannot be read, has no token, or has one with bytes that no header can carry.
Result<std::string> client_token(const std::string& token_file);

}  // namespace spantoll::tools
