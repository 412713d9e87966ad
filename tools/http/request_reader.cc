// Beast 1.74 asserts that at least five bytes of the last chunk are there when it looks at that
// chunk again. If the chunk came byte by byte there are four, and nothing is wrong.
#define BOOST_DISABLE_ASSERTS

#include "tools/http/request_reader.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "schemas/text/ascii.h"
#include "tools/http/content_type.h"
#include "tools/http/framing.h"
#include "tools/http/limits.h"
#include "tools/http/target.h"

namespace spantoll::tools {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string_view view_of(string_view text) {
    return {text.data(), text.size()};
}

bool is_fault(const error_code& error) {
    return error && error != http::error::need_more;
}

// What a fault of Beast's parser is, behind the request line.
HttpFault fault_of(const error_code& error) {
    if (error == http::error::bad_content_length || error == http::error::bad_transfer_encoding) {
        return HttpFault::kLength;
    }
    if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension) {
        return HttpFault::kChunk;
    }
    if (error == http::error::body_limit) {
        return HttpFault::kBodyTooLarge;
    }
    return HttpFault::kHeader;
}

}  // namespace

// The callbacks of Beast's parser write into the request.
class HttpRequestReader::Parser final : public http::basic_parser<true> {
  public:
    Parser() {
        header_limit(static_cast<std::uint32_t>(2 * kHttpHeadBytesMax));  // it is given less
        // The caller judges a length that is too long, after it has looked at the token.
        body_limit((std::numeric_limits<std::uint64_t>::max)());
    }

    Stage read(std::string_view bytes);
    Stage read_body();
    std::string take_rest() { return std::move(pending_); }

    HttpRequest request;
    HttpResponse refusal;
    bool has_begun = false;

  private:
    Stage read_head();
    error_code parse_head(size_t end);
    Stage end_head();
    Stage feed_body(std::string_view bytes);
    Stage refuse(HttpResponse response);
    Stage refuse(HttpFault fault) { return refuse(fault_response(fault)); }
    Stage refuse_head(const error_code& error);
    void add_field(http::field name, std::string_view text, std::string_view value);

    // NOLINTBEGIN(readability-identifier-naming): Beast asks for these names.
    void on_request_impl(http::verb method,
                         string_view method_text,
                         string_view target,
                         int version,
                         error_code& ec) override;
    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_field_impl(http::field name,
                       string_view text,
                       string_view value,
                       error_code& ec) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
    std::size_t on_body_impl(string_view body, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t size, string_view extension, error_code& ec) override;
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code& ec) override {
        return on_body_impl(body, ec);
    }
    void on_finish_impl(error_code&) override {}
    // NOLINTEND(readability-identifier-naming)

    std::string head_;        // raw, until the headers have ended
    size_t head_parsed_ = 0;  // bytes of it that the parser has taken
    std::string pending_;     // not parsed yet; behind the end: the next request
    HttpFraming framing_;
    size_t fields_ = 0;
    std::optional<HttpFault> fault_;  // of a callback
    bool is_head_ended_ = false;
};

HttpRequestReader::Stage HttpRequestReader::Parser::read(std::string_view bytes) {
    if (!is_head_ended_) {
        // Blank lines before a request line are passed over (RFC 9112, 2.2).
        if (!has_begun) {
            bytes.remove_prefix(std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
        }
        has_begun = has_begun || !bytes.empty();
        head_ += bytes;
        return read_head();
    }
    if (pending_.empty()) {
        return feed_body(bytes);
    }
    pending_ += bytes;
    return feed_body(std::exchange(pending_, {}));
}

// The request line is judged when it has ended, the headers when all are there. So what is found
// does not depend on how the bytes were cut, and what is not HTTP is refused without waiting for
// more.
HttpRequestReader::Stage HttpRequestReader::Parser::read_head() {
    if (!has_begun) {
        return Stage::kHead;
    }
    if (!is_token_letter(head_.front())) {
        return refuse(HttpFault::kRequestLine);
    }
    const std::string_view head = std::string_view(head_).substr(0, kHttpHeadBytesMax);
    const bool is_full = head.size() == kHttpHeadBytesMax;
    const size_t line_end = head.find('\n');
    if (line_end == std::string_view::npos) {
        return is_full ? refuse(HttpFault::kUrlTooLong) : Stage::kHead;
    }
    if (head_parsed_ == 0) {
        const error_code error = parse_head(line_end + 1);
        // If the parser wants more than a whole line, that is a fault too: the line is too short.
        if (is_fault(error) || request.method.empty()) {
            return refuse_head(error);
        }
    }
    const size_t end = head.find("\r\n\r\n", line_end - 1);
    // Found at the request line's own end where there are no headers.
    const size_t headers_end = end == std::string_view::npos ? head.size() : end + 4;
    if (has_bare_line_feed(head.substr(line_end, headers_end - line_end))) {
        return refuse(HttpFault::kHeader);
    }
    if (end == std::string_view::npos) {
        return is_full ? refuse(HttpFault::kHeadersTooLarge) : Stage::kHead;
    }
    const error_code error = parse_head(headers_end);
    return error ? refuse_head(error) : end_head();
}

// Gives the parser the head up to there.
error_code HttpRequestReader::Parser::parse_head(size_t end) {
    error_code error;
    head_parsed_ += put({head_.data() + head_parsed_, end - head_parsed_}, error);
    return error;
}

HttpRequestReader::Stage HttpRequestReader::Parser::end_head() {
    is_head_ended_ = true;
    if (has_folded_line(std::string_view(head_).substr(0, head_parsed_))) {
        return refuse(HttpFault::kFoldedLine);
    }
    if (std::optional<HttpResponse> refused = refuse_framing(request, framing_)) {
        return refuse(std::move(*refused));
    }
    take_authority(request);
    pending_ = head_.substr(head_parsed_);
    head_ = {};
    request.is_kept_alive = keep_alive();
    request.has_body = !is_done();
    if (const auto length = content_length()) {
        request.content_length = *length;
    }
    body_limit(kHttpBodyBytesMax);
    return Stage::kHeadRead;
}

HttpRequestReader::Stage HttpRequestReader::Parser::read_body() {
    if (is_done()) {
        return Stage::kComplete;
    }
    return feed_body(std::exchange(pending_, {}));
}

HttpRequestReader::Stage HttpRequestReader::Parser::feed_body(std::string_view bytes) {
    error_code error;
    while (!bytes.empty() && !is_done()) {
        const size_t taken = put({bytes.data(), bytes.size()}, error);
        bytes.remove_prefix(taken);
        if (is_fault(error)) {
            return refuse(fault_.value_or(fault_of(error)));
        }
        if (error) {
            break;
        }
    }
    pending_.assign(bytes);
    if (is_done()) {
        return Stage::kComplete;
    }
    // The line of a chunk's size, or what follows the last chunk.
    if (pending_.size() > kHttpHeaderBytesMax) {
        return refuse(HttpFault::kChunk);
    }
    return Stage::kBody;
}

HttpRequestReader::Stage HttpRequestReader::Parser::refuse(HttpResponse response) {
    refusal = std::move(response);
    return Stage::kRefused;
}

HttpRequestReader::Stage HttpRequestReader::Parser::refuse_head(const error_code& error) {
    if (fault_) {
        return refuse(*fault_);
    }
    if (error == http::error::bad_version && names_other_version(head_)) {
        return refuse(HttpFault::kVersion);
    }
    return refuse(request.method.empty() ? HttpFault::kRequestLine : fault_of(error));
}

void HttpRequestReader::Parser::on_request_impl(http::verb /*method*/,
                                                string_view method_text,
                                                string_view target,
                                                int version,
                                                error_code& ec) {
    request.method = view_of(method_text);
    request.minor_version = version % 10;
    if (target.size() > kHttpUrlBytesMax) {
        fault_ = HttpFault::kUrlTooLong;
    } else if (!read_target(view_of(target), request)) {
        fault_ = HttpFault::kTarget;
    }
    if (fault_) {
        ec = http::error::bad_target;
    }
}

void HttpRequestReader::Parser::on_field_impl(http::field name,
                                              string_view text,
                                              string_view value,
                                              error_code& ec) {
    if (++fields_ > kHttpHeadersMax || text.size() > kHttpHeaderNameBytesMax ||
        value.size() > kHttpHeaderBytesMax) {
        fault_ = HttpFault::kHeadersTooLarge;
        ec = http::error::header_limit;
        return;
    }
    // A trailer comes after the body; it must not add to anything that was already judged.
    if (!is_head_ended_) {
        add_field(name, view_of(text), view_of(value));
    }
}

void HttpRequestReader::Parser::add_field(http::field name,
                                          std::string_view text,
                                          std::string_view value) {
    switch (name) {
        case http::field::host:
            request.hosts.emplace_back(value);
            break;
        case http::field::origin:
            request.origins.emplace_back(value);
            break;
        case http::field::authorization:
            request.authorizations.emplace_back(value);
            break;
        case http::field::content_type:
            request.content_types.emplace_back(value);
            break;
        case http::field::content_encoding:
            request.content_encodings.emplace_back(value);
            break;
        case http::field::accept:
            request.accept += request.accept.empty() ? "" : ", ";
            request.accept += value;
            break;
        case http::field::expect:
            request.expectations.emplace_back(value);
            break;
        case http::field::transfer_encoding:
            framing_.transfer_encodings.emplace_back(value);
            break;
        case http::field::content_length:
            ++framing_.lengths;
            framing_.is_length_list = value.find(',') != std::string_view::npos;
            break;
        case http::field::if_match:
            request.if_match = value;
            break;
        default:
            if (lower_case(text) == "last-event-id") {
                request.last_event_id = value;
            } else if (lower_case(text) == "idempotency-key") {
                request.idempotency_key = value;
            }
    }
}

void HttpRequestReader::Parser::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                                  error_code& /*ec*/) {
    // Reserves what is likely to come, not what a client merely claims.
    request.body.reserve(std::min<std::uint64_t>(length.value_or(0), kHttpReadBufferBytes));
}

void HttpRequestReader::Parser::on_chunk_header_impl(std::uint64_t /*size*/,
                                                     string_view extension,
                                                     error_code& ec) {
    if (extension.size() > kHttpHeaderNameBytesMax) {
        ec = http::error::bad_chunk_extension;
    }
}

std::size_t HttpRequestReader::Parser::on_body_impl(string_view body, error_code& ec) {
    if (body.size() > kHttpBodyBytesMax - request.body.size()) {
        fault_ = HttpFault::kBodyTooLarge;
        ec = http::error::body_limit;
        return 0;
    }
    request.body.append(body.data(), body.size());
    return body.size();
}

HttpRequestReader::HttpRequestReader() : parser_(std::make_unique<Parser>()) {}
HttpRequestReader::~HttpRequestReader() = default;
HttpRequestReader::HttpRequestReader(HttpRequestReader&& other) noexcept = default;
HttpRequestReader& HttpRequestReader::operator=(HttpRequestReader&& other) noexcept = default;

HttpRequestReader::Stage HttpRequestReader::read(std::string_view bytes) {
    return parser_->read(bytes);
}

HttpRequestReader::Stage HttpRequestReader::read_body() {
    return parser_->read_body();
}

HttpRequest& HttpRequestReader::request() {
    return parser_->request;
}

const HttpResponse& HttpRequestReader::refusal() const {
    return parser_->refusal;
}

bool HttpRequestReader::has_begun() const {
    return parser_->has_begun;
}

size_t HttpRequestReader::body_bytes() const {
    return parser_->request.body.size();
}

void HttpRequestReader::drop_body() {
    std::string().swap(parser_->request.body);
}

std::string HttpRequestReader::take_rest() {
    return parser_->take_rest();
}

}  // namespace spantoll::tools
