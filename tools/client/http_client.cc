#include "tools/client/http_client.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <http_parser.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tools/client/http_socket.h"
#include "tools/client/limits.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {
namespace {

// An answer as far as it has arrived; http_parser's callbacks fill it.
struct Arriving {
    HttpAnswer answer;
    bool is_value = true;  // the last header piece was a value: a name piece begins a new header
    bool is_complete = false;
    bool is_kept_alive = false;

    static Arriving& of(http_parser* parser) { return *static_cast<Arriving*>(parser->data); }
};

int on_header_name(http_parser* parser, const char* at, size_t length) {
    Arriving& arriving = Arriving::of(parser);
    if (arriving.is_value) {
        arriving.answer.headers.emplace_back();
        arriving.is_value = false;
    }
    arriving.answer.headers.back().first.append(at, length);
    return 0;
}

int on_header_value(http_parser* parser, const char* at, size_t length) {
    Arriving& arriving = Arriving::of(parser);
    arriving.is_value = true;
    arriving.answer.headers.back().second.append(at, length);
    return 0;
}

int on_body_piece(http_parser* parser, const char* at, size_t length) {
    std::string& body = Arriving::of(parser).answer.body;
    body.append(at, length);
    return body.size() > kClientAnswerBytesMax ? 1 : 0;
}

int on_complete(http_parser* parser) {
    Arriving& arriving = Arriving::of(parser);
    arriving.is_complete = true;
    arriving.is_kept_alive = http_should_keep_alive(parser) != 0;
    arriving.answer.status = static_cast<int>(parser->status_code);
    http_parser_pause(parser, 1);
    return 0;
}

http_parser_settings parser_settings() {
    http_parser_settings settings;
    http_parser_settings_init(&settings);
    settings.on_header_field = &on_header_name;
    settings.on_header_value = &on_header_value;
    settings.on_body = &on_body_piece;
    settings.on_message_complete = &on_complete;
    return settings;
}

Result<void> receive_answer(HttpSocket& socket, Arriving& arriving, HttpSocket::Deadline deadline) {
    const http_parser_settings settings = parser_settings();
    http_parser parser;
    http_parser_init(&parser, HTTP_RESPONSE);
    parser.data = &arriving;
    while (!arriving.is_complete) {
        const Result<std::string_view> bytes = socket.receive(deadline);
        if (!bytes) {
            return tl::make_unexpected(bytes.error());
        }
        http_parser_execute(&parser, &settings, bytes->data(), bytes->size());
        const http_errno error = HTTP_PARSER_ERRNO(&parser);
        if (error != HPE_OK && error != HPE_PAUSED) {
            return failure(ErrorKind::kUnavailable,
                           fmt::format("the answer is no HTTP: {}", http_errno_description(error)));
        }
        if (bytes->empty() && !arriving.is_complete) {
            return failure(ErrorKind::kUnavailable, "the connection was closed before an answer");
        }
    }
    return {};
}

// `text` without the blanks around it; kConfig where it is no token.
Result<std::string> checked_token(std::string_view text, const std::string& place) {
    constexpr std::string_view kBlanks = " \t\r";
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (text.size() > kTokenBytesMax || !is_token_text(text)) {
        return failure(ErrorKind::kConfig,
                       fmt::format("{} is no token: it must have at most {} bytes, all of them "
                                   "visible ASCII characters",
                                   place,
                                   kTokenBytesMax));
    }
    return std::string(text);
}

}  // namespace

struct HttpClient::Connection {
    HttpSocket socket;
};

HttpClient::HttpClient(HttpUrl url, HttpClientOptions options)
    : url_(std::move(url)), options_(std::move(options)) {}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&& other) noexcept = default;

Result<HttpAnswer> HttpClient::ask(const HttpAsk& ask) {
    Result<HttpAnswer> answer = exchange(ask);
    if (!answer) {
        connection_.reset();
        answer.error().message =
            fmt::format("http://{}: {}", url_.authority, answer.error().message);
    }
    return answer;
}

Result<HttpAnswer> HttpClient::exchange(const HttpAsk& ask) {
    const auto deadline = std::chrono::steady_clock::now() + options_.time;
    if (!connection_ || !connection_->socket.is_reusable()) {
        Result<HttpSocket> socket = HttpSocket::connect(url_.host, url_.port, deadline);
        if (!socket) {
            return tl::make_unexpected(socket.error());
        }
        connection_.reset(new Connection{std::move(*socket)});
    }
    HttpSocket& socket = connection_->socket;
    if (Result<void> sent = socket.send(request_text(ask), deadline); !sent) {
        return tl::make_unexpected(sent.error());
    }
    if (Result<void> sent = socket.send(ask.body, deadline); !sent) {
        return tl::make_unexpected(sent.error());
    }
    Arriving arriving;
    if (Result<void> received = receive_answer(socket, arriving, deadline); !received) {
        return tl::make_unexpected(received.error());
    }
    if (!arriving.is_kept_alive) {
        connection_.reset();
    }
    return std::move(arriving.answer);
}

std::string HttpClient::request_text(const HttpAsk& ask) const {
    std::string text = fmt::format("{} {}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: spantoll\r\n",
                                   ask.method,
                                   url_.path,
                                   ask.target,
                                   url_.authority);
    if (!options_.token.empty()) {
        text += fmt::format("Authorization: Bearer {}\r\n", options_.token);
    }
    for (const auto& [name, value] : ask.headers) {
        text += fmt::format("{}: {}\r\n", name, value);
    }
    if (!ask.body.empty() || ask.method == "POST") {
        text += fmt::format("Content-Length: {}\r\n", ask.body.size());
    }
    text += "\r\n";
    return text;
}

Result<std::string> client_token(const std::string& token_file) {
    if (token_file.empty()) {
        const char* token = std::getenv("SPANTOLL_TOKEN");
        return checked_token(token == nullptr ? "" : token, "the environment's SPANTOLL_TOKEN");
    }
    errno = 0;
    std::ifstream file(token_file);
    std::string text(kTokenBytesMax + 2, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) {
        return failure(ErrorKind::kConfig,
                       fmt::format("cannot read the token file {}: {}",
                                   token_file,
                                   std::generic_category().message(errno)));
    }
    text.resize(static_cast<size_t>(file.gcount()));
    Result<std::string> token = checked_token(std::string_view(text).substr(0, text.find('\n')),
                                              "the first line of " + token_file);
    if (token && token->empty()) {
        return failure(
            ErrorKind::kConfig,
            fmt::format("the first line of {} is empty: write the token there", token_file));
    }
    return token;
}

}  // namespace spantoll::tools
