#include "tools/feed/feed_http.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "tools/process/stop_signal.h"

namespace spantoll::tools {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A processor that restarts on a large store is back within this time.
constexpr seconds kAwayMax{30};
constexpr milliseconds kPause{250};       // if the answer does not say how long
constexpr milliseconds kPauseMax{5'000};  // even if the answer asks for more
constexpr milliseconds kStopLook{50};     // how often a wait checks for a stop

constexpr int kTooManyRequests = 429;
constexpr int kServiceUnavailable = 503;
constexpr int kBadRequest = 400;
constexpr int kContentTooLarge = 413;
constexpr int kUnsupportedMediaType = 415;

void wait(milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!is_stop_requested() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::min(time, kStopLook));
    }
}

milliseconds pause_of(const HttpAnswer& answer) {
    const std::string_view text = answer.header("Retry-After");
    int64_t wanted = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), wanted);
    if (text.empty() || parsed.ec != std::errc() || wanted < 0) {
        return kPause;
    }
    return std::min<milliseconds>(seconds(std::min<int64_t>(wanted, 60)), kPauseMax);
}

// True where the processor refuses this one record. Any other error will affect the next record as
// well: the wrong token, the wrong server, Kafka as the source, a broken disk.
bool is_refused_record(const HttpAnswer& answer) {
    return answer.is_refusal() &&
           (answer.status == kBadRequest || answer.status == kContentTooLarge ||
            answer.status == kUnsupportedMediaType);
}

}  // namespace

Result<std::unique_ptr<FeedTarget>> HttpTarget::open(const std::string& url,
                                                     const HttpClientOptions& options) {
    const Result<HttpUrl> parsed = parse_http_url(url);
    if (!parsed) {
        return tl::make_unexpected(parsed.error());
    }
    HttpClient client(*parsed, options);
    const Result<HttpAnswer> answer = client.ask({.target = "/healthz"});
    if (!answer) {
        return tl::make_unexpected(answer.error());
    }
    if (!answer->is_alive()) {
        return failure(
            ErrorKind::kUnavailable,
            fmt::format(
                "{} is no spantoll processor: /healthz gave {}", url, answer->error_text()));
    }
    return std::unique_ptr<FeedTarget>(new HttpTarget(url, std::move(client)));
}

Framing HttpTarget::framing(Format /*format*/) const {
    return Framing::kNone;
}

Result<void> HttpTarget::send(const FeedRecord& record) {
    const HttpAsk ask{.method = "POST",
                      .target = "/v1/spans",
                      .headers = {{"Content-Type", std::string(record.content_type)}},
                      .body = record.bytes};
    auto away_since = std::chrono::steady_clock::now();
    while (!is_stop_requested()) {
        const Result<HttpAnswer> answer = client_.ask(ask);
        if (!answer) {
            // The record may arrive twice if it is sent again; its ids show the processor that it
            // did.
            if (std::chrono::steady_clock::now() - away_since > kAwayMax) {
                return tl::make_unexpected(answer.error());
            }
            wait(kPause);
            continue;
        }
        if (answer->posted_offset()) {
            return {};
        }
        if (answer->status == kServiceUnavailable || answer->status == kTooManyRequests) {
            away_since = std::chrono::steady_clock::now();
            wait(pause_of(*answer));
            continue;
        }
        if (!is_refused_record(*answer)) {
            return failure(ErrorKind::kUnavailable, unexpected_text(*answer));
        }
        if (refused_++ == 0) {  // only this record: the next may be good
            refusal_ = answer->error_text();
        }
        return {};
    }
    return {};
}

std::string HttpTarget::unexpected_text(const HttpAnswer& answer) const {
    if (answer.is_success()) {
        return fmt::format(
            "{}: the answer to a record was no \"202 with an offset\" ({}), so it is "
            "not known to be stored: is that a spantoll processor?",
            url_,
            answer.error_text());
    }
    return fmt::format("{}: {}", url_, answer.error_text());
}

Result<void> HttpTarget::finish() {
    return {};
}

}  // namespace spantoll::tools
