// Requests as they come from a socket, one behind the other: what is read does not depend on how
// the bytes are cut; a head that is read can be judged; what is answered and shown is text. The
// first byte of an input is the size of the pieces, 0 for the whole.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "schemas/check.h"
#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"
#include "tools/client/answer.h"
#include "tools/http/content_type.h"
#include "tools/http/guard.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/http/request_reader.h"
#include "tools/http/response.h"
#include "tools/http/route.h"

namespace spantoll::tools {
namespace {

using Stage = HttpRequestReader::Stage;
constexpr size_t kRequestsMax = 16;

// The reader after all that it would take of `bytes`; `taken` pieces were needed.
struct Read {
    HttpRequestReader reader;
    Stage stage = Stage::kHead;
    std::string rest;  // behind a whole request
};

Read read_pieces(std::string_view bytes, size_t step) {
    Read read;
    while (!bytes.empty() && (read.stage == Stage::kHead || read.stage == Stage::kBody)) {
        // Of the exact size, so that one byte behind it is seen.
        const size_t size = std::min(step, bytes.size());
        const auto piece = std::make_unique<char[]>(size);
        std::copy_n(bytes.data(), size, piece.get());
        bytes.remove_prefix(size);
        read.stage = read.reader.read({piece.get(), size});
        if (read.stage == Stage::kHeadRead) {
            read.stage = read.reader.read_body();
        }
    }
    if (read.stage == Stage::kComplete) {
        read.rest = read.reader.take_rest() + std::string(bytes);
    }
    return read;
}

std::string text_of(Read& read) {
    if (read.stage == Stage::kRefused) {
        return read.reader.refusal().body;
    }
    const HttpRequest& request = read.reader.request();
    return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {}|{}|{}",
                       static_cast<int>(read.stage),
                       request.method,
                       request.minor_version,
                       request.path,
                       request.query,
                       fmt::join(request.hosts, ","),
                       fmt::join(request.origins, ","),
                       fmt::join(request.authorizations, ","),
                       fmt::join(request.content_types, ","),
                       fmt::join(request.content_encodings, ","),
                       fmt::join(request.expectations, ","),
                       request.is_kept_alive,
                       request.content_length.value_or(0),
                       request.accept,
                       request.body,
                       read.rest);
}

void check_response(const HttpResponse& response) {
    CHECK(response.status >= 400 && response.status < 600, "a refusal");
    CHECK(reason_phrase(response.status) != "Unknown", "a status that is known");
    CHECK(is_utf8(response.body), "JSON is UTF-8");
    CHECK(response_head(response, "").ends_with("\r\n\r\n"), "a head has an end");
    HttpAnswer answer{.status = response.status,
                      .headers = {{"Content-Type", "application/json"}},
                      .body = response.body};
    CHECK(answer.is_refusal(), "clients of ours understand it");
}

void judge(HttpRequest request) {
    static const HttpGuard guard =
        *HttpGuard::create(*parse_listen_address("127.0.0.1:8620"), {.token = "s3cret"});
    if (const auto refusal = guard.admit(request)) {
        check_response(*refusal);
    }
    const RoutedRequest routed = find_route(request.method, request.path);
    CHECK(routed.route == HttpRoute::kAccount || routed.segment.empty(), "only accounts have one");
    if (const auto type = record_content_type(request)) {
        CHECK(type->starts_with("application/"), "one of three");
    }
    if (const auto decoded = percent_decode(request.path)) {
        CHECK(percent_decode(percent_encode(*decoded)) == *decoded, "encoding has an inverse");
    }
    if (const auto parameters = parse_query(request.query)) {
        CHECK(parameters->size() <= kQueryParametersMax, "parameters are bounded");
        if (const Result<void> checked = check_parameters(*parameters, {}); !checked) {
            CHECK(is_utf8(checked.error().message), "a message is text");
            CHECK(printable(checked.error().message) == checked.error().message, "and printable");
        }
    }
    accepts_event_stream(request.accept);
    accepts_plain_text(request.accept);
}

void try_input(const uint8_t* data, size_t size) {
    const size_t step = data[0];
    std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const HttpAnswer answer{
        .status = 400, .headers = {{"Content-Type", "application/json"}}, .body = bytes};
    const std::string shown = answer.error_text();
    CHECK(printable(shown) == shown, "a server's text is printable");
    for (size_t i = 0; i < kRequestsMax && !bytes.empty(); ++i) {
        Read whole = read_pieces(bytes, bytes.size());
        if (step > 0) {
            Read pieces = read_pieces(bytes, step);
            CHECK(text_of(pieces) == text_of(whole), "cut otherwise, read otherwise");
        }
        if (whole.stage == Stage::kRefused) {
            check_response(whole.reader.refusal());
        }
        if (whole.stage != Stage::kComplete) {
            return;
        }
        judge(whole.reader.request());
        CHECK(whole.rest.size() < bytes.size(), "a request has bytes");
        bytes = whole.rest;
    }
}

}  // namespace
}  // namespace spantoll::tools

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 0) {
        spantoll::tools::try_input(data, size);
    }
    return 0;
}
