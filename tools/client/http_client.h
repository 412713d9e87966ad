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
    std::string token = {};  // Bearer; empty = none
    // Files in PEM form; empty = none. Whom to trust in the place of the system's authorities, and
    // the certificate with its key that is shown to a server that asks for one.
    std::string authority = {};
    std::string certificate = {};
    std::chrono::milliseconds time{10'000};  // for a whole exchange, including the connection
};

struct HttpAsk {
    std::string method = "GET";  // or HEAD, POST
    std::string target;          // "/v1/check?account=a", encoded; follows the URL's path
    std::vector<std::pair<std::string, std::string>> headers = {};  // must not contain line ends
    std::string_view body = {};                                     // only for a POST
};

// A small blocking client over libcurl that keeps its connection and sends requests one after the
// other. If the server has closed the connection, a new one is opened before the request is sent. A
// body is never sent twice, so that nothing is posted twice. Thread: one.
//
// Redirects are returned as answers and not followed; the proxies of the environment (http_proxy)
// are not used; the size of an answer is bounded (limits.h). An https:// server must show a
// certificate for its name that is signed by an authority of the system, or of the file named by
// `authority` or else by the environment variable SSL_CERT_FILE.
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

    // kUnavailable: nobody listens there, the time is up, the certificate is not valid, or the
    // answer is not HTTP. Any HTTP status is an answer.
    Result<HttpAnswer> ask(const HttpAsk& ask);

  private:
    struct Handle;

    tl::unexpected<Error> unavailable(std::string_view what) const;
    // `code` is an error code of libcurl.
    std::string failure_text(int code) const;

    HttpUrl url_;
    HttpClientOptions options_;
    std::unique_ptr<Handle> handle_;
};

// What the options of a command name.
struct ClientFiles {
    std::string token_file = {};   // --token-file
    std::string authority = {};    // --ca
    std::string certificate = {};  // --cert
};
// kConfig: a file cannot be read, or has no token; see client_token().
Result<HttpClientOptions> client_options(const ClientFiles& files);

// The token of a client: the first line of `token_file` if that is given, else SPANTOLL_TOKEN of
// the environment, else none. Blanks around it and the CR of a line do not belong to it. kConfig:
// the file cannot be read or has no token, or the token has bytes that a header cannot carry.
Result<std::string> client_token(const std::string& token_file);

}  // namespace spantoll::tools
