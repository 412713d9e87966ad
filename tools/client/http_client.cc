#include "tools/client/http_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <curl/curl.h>
#include <fstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"
#include "tools/client/limits.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {
namespace {

using Long = long;  // NOLINT(google-runtime-int): so libcurl takes and gives numbers
using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// The data of one request and its answer, which the callbacks of libcurl work on.
struct Transfer {
    std::string_view unsent;  // the rest of the body
    HttpAnswer answer;
    size_t header_bytes = 0;
    bool is_too_large = false;
};

size_t send_piece(char* to, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::string_view piece = transfer.unsent.substr(0, size * count);
    std::memcpy(to, piece.data(), piece.size());
    transfer.unsent.remove_prefix(piece.size());
    return piece.size();
}

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

size_t take_header(char* at, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    const std::string_view line(at, size * count);
    transfer.header_bytes += line.size();
    if (transfer.header_bytes > kClientHeaderBytesMax) {
        transfer.is_too_large = true;
        return 0;
    }
    const size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        transfer.answer.headers.clear();  // headers of a "100 Continue" before it
    } else if (colon != std::string_view::npos) {
        transfer.answer.headers.emplace_back(line.substr(0, colon),
                                             without_blanks(line.substr(colon + 1)));
    }
    return line.size();
}

size_t take_body(char* at, size_t size, size_t count, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    std::string& body = transfer.answer.body;
    if (body.size() + size * count > kClientAnswerBytesMax) {
        transfer.is_too_large = true;
        return 0;
    }
    body.append(at, size * count);
    return size * count;
}

void add_header(HeaderList& list, std::string_view name, std::string_view value) {
    // A header without a value ends in ';': libcurl would take "Name:" as a header to leave out.
    const std::string line =
        value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value);
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    CHECK(longer != nullptr, "out of memory");
    static_cast<void>(list.release());  // `longer` owns it now
    list.reset(longer);
}

HeaderList headers_of(const HttpAsk& ask, const std::string& token) {
    HeaderList list(nullptr, &curl_slist_free_all);
    // Removes headers that libcurl would add by itself.
    for (const char* left_out : {"Accept:", "Content-Type:"}) {
        list.reset(curl_slist_append(list.release(), left_out));
    }
    if (!token.empty()) {
        add_header(list, "Authorization", "Bearer " + token);
    }
    for (const auto& [name, value] : ask.headers) {
        add_header(list, name, value);
    }
    return list;
}

std::string error_text(int error) {
    return std::generic_category().message(error);
}

// `text` without the blanks around it. kConfig where it is not a token.
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

struct HttpClient::Handle {
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), &curl_easy_cleanup};
    std::array<char, CURL_ERROR_SIZE> error{};  // libcurl's text for the last failure

    template <typename T>
    void set(CURLoption option, T value) {
        CHECK(curl_easy_setopt(curl.get(), option, value) == CURLE_OK, "libcurl has the option");
    }
    template <typename T>
    T get(CURLINFO info) const {
        T value{};
        curl_easy_getinfo(curl.get(), info, &value);
        return value;
    }

    void set_connection(const HttpClientOptions& options);
    void set_ask(const HttpAsk& ask, Transfer& transfer);
};

// Sets the options that are the same for every request.
void HttpClient::Handle::set_connection(const HttpClientOptions& options) {
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, Long{CURL_HTTP_VERSION_1_1});
    set(CURLOPT_USERAGENT, "spantoll");
    set(CURLOPT_PATH_AS_IS, 1L);  // an account name may look like ".."
    set(CURLOPT_NOPROXY, "*");    // the environment's proxy is not for processors
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<Long>(options.time.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<Long>(options.time.count()));
    set(CURLOPT_READFUNCTION, &send_piece);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_WRITEFUNCTION, &take_body);
    if (const char* authorities = std::getenv("SSL_CERT_FILE")) {
        set(CURLOPT_CAINFO, authorities);
    }
    if (!options.authority.empty()) {
        set(CURLOPT_CAINFO, options.authority.c_str());
    }
    if (!options.certificate.empty()) {
        set(CURLOPT_SSLCERT, options.certificate.c_str());
        set(CURLOPT_SSLKEY, options.certificate.c_str());
    }
}

void HttpClient::Handle::set_ask(const HttpAsk& ask, Transfer& transfer) {
    const bool is_post = ask.method == "POST";
    CHECK(is_post || ask.body.empty(), "only a POST has a body");
    // GET first, because it resets what an earlier POST or HEAD has set.
    set(CURLOPT_HTTPGET, 1L);
    if (is_post) {
        // libcurl cannot read the body a second time, so it does not send it again after a kept
        // connection breaks: that decision is for the caller.
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(ask.body.size()));
    } else if (ask.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
    } else {
        CHECK(ask.method == "GET", "GET, HEAD and POST are all that is asked");
    }
    set(CURLOPT_READDATA, &transfer);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_WRITEDATA, &transfer);
    error[0] = '\0';
}

HttpClient::HttpClient(HttpUrl url, HttpClientOptions options)
    : url_(std::move(url)), options_(std::move(options)), handle_(std::make_unique<Handle>()) {
    CHECK(handle_->curl != nullptr, "out of memory");
    handle_->set_connection(options_);
}

HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&& other) noexcept = default;

Result<HttpAnswer> HttpClient::ask(const HttpAsk& ask) {
    Transfer transfer{.unsent = ask.body, .answer = {}};
    const HeaderList headers = headers_of(ask, options_.token);
    handle_->set_ask(ask, transfer);
    handle_->set(CURLOPT_HTTPHEADER, headers.get());
    handle_->set(CURLOPT_URL, (url_.base() + url_.path + ask.target).c_str());
    const CURLcode code = curl_easy_perform(handle_->curl.get());
    handle_->set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    if (transfer.is_too_large) {
        return unavailable(
            fmt::format("the answer is longer than {} bytes", kClientAnswerBytesMax));
    }
    if (code != CURLE_OK) {
        return unavailable(failure_text(code));
    }
    transfer.answer.status = static_cast<int>(handle_->get<Long>(CURLINFO_RESPONSE_CODE));
    return std::move(transfer.answer);
}

tl::unexpected<Error> HttpClient::unavailable(std::string_view what) const {
    return failure(ErrorKind::kUnavailable, fmt::format("{}: {}", url_.base(), what));
}

std::string HttpClient::failure_text(int code) const {
    const char* words = handle_->error[0] != '\0' ? handle_->error.data()
                                                  : curl_easy_strerror(static_cast<CURLcode>(code));
    const bool is_connected = handle_->get<curl_off_t>(CURLINFO_CONNECT_TIME_T) > 0;
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return fmt::format("cannot resolve {}: {}", url_.host, words);
        case CURLE_COULDNT_CONNECT:
            return fmt::format("cannot connect to {} port {}: {}",
                               url_.host,
                               url_.port,
                               error_text(static_cast<int>(handle_->get<Long>(CURLINFO_OS_ERRNO))));
        case CURLE_OPERATION_TIMEDOUT:
            return is_connected ? "no answer: " + error_text(ETIMEDOUT)
                                : fmt::format("cannot connect to {} port {}: {}",
                                              url_.host,
                                              url_.port,
                                              error_text(ETIMEDOUT));
        case CURLE_GOT_NOTHING:
        case CURLE_PARTIAL_FILE:
        case CURLE_SEND_FAIL_REWIND:
            return "the connection was closed before an answer";
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
            return fmt::format("the answer is not HTTP: {}", words);
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
            return fmt::format(
                "the server's certificate is not trusted: {}; name the file of its "
                "authority with --ca or in SSL_CERT_FILE",
                words);
        case CURLE_SSL_CERTPROBLEM:
            return fmt::format("{} of --cert has no certificate with its key in PEM form: {}",
                               options_.certificate,
                               words);
        default:
            return words;
    }
}

Result<HttpClientOptions> client_options(const ClientFiles& files) {
    for (const auto& [option, file] :
         {std::pair("--ca", &files.authority), std::pair("--cert", &files.certificate)}) {
        errno = 0;
        if (!file->empty() && !std::ifstream(*file).is_open()) {
            return failure(
                ErrorKind::kConfig,
                fmt::format(
                    "cannot read the file of {}, {}: {}", option, *file, error_text(errno)));
        }
    }
    return client_token(files.token_file).map([&](std::string&& token) {
        return HttpClientOptions{std::move(token), files.authority, files.certificate};
    });
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
