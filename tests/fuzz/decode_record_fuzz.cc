// Records of every format. Decoding reads nothing but the record and writes nothing but its own
// memory; and a span means the same
//
//   - whatever was decoded before it with the same decoder,
//   - at whatever address its record stands,
//   - alone or among others, in the first, the middle or the last place of a JSON array,
//   - with or without members that no span has (unknown_members.h).
//
// The first byte of an input chooses the content type, or that the others are choices for such
// members.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ingest/decode/decoder.h"
#include "ingest/decode/json.h"
#include "ingest/decode/json_syntax.h"
#include "ingest/foreign_encoding.h"
#include "ingest/limits.h"
#include "ingest/naming.h"
#include "ingest/validate.h"
#include "schemas/check.h"
#include "tests/fuzz/unknown_members.h"

namespace spantoll::ingest {
namespace {

constexpr std::array<std::string_view, 4> kContentTypes{
    "", "application/json", "application/x-flatbuffers", "application/octet-stream"};
constexpr uint8_t kUnknownMembersMin = 0xC0;  // a first byte from here on
constexpr int64_t kNowMs = 1'740'614'400'000;

std::string outcome_of(const DecodedRecord& record, size_t index) {
    const Span& span = record.spans[index];
    std::optional<Refusal> refusal = validate(span, record, {}, {kNowMs, kNowMs});
    if (!refusal) {
        refusal = validate_after_cost(span, record);
    }
    if (!refusal) {
        return "ok";
    }
    const std::string sentence = explain(*refusal, record, index);
    CHECK(!sentence.empty() && sentence.size() < 1000, "a refusal is one sentence");
    return std::string(name_of(*refusal));
}

std::string account_of(Dimension dimension, std::string_view raw) {
    if (raw.empty()) {
        return {};
    }
    std::string value = account_value(dimension, raw);
    if (value != kInvalidValue) {
        const std::optional<std::string> name = unescape_value(value);
        CHECK(name && is_good_name(*name), "an account has a good name");
    }
    return value;
}

// All that a span is, as one text; reading it has the sanitizers look at each byte.
std::string text_of(const DecodedRecord& record, size_t index) {
    const Span& span = record.spans[index];
    std::string text =
        fmt::format("{:x} {:x} {:x} {} {} {} {} {} {} {} {} {} {} {} {}{}{}{}{} {} {}",
                    span.trace_id.high,
                    span.trace_id.low,
                    span.span_id,
                    span.sequence,
                    span.time_ms,
                    span.duration_us,
                    static_cast<int>(span.status),
                    static_cast<int>(span.direction),
                    span.ingress_bytes,
                    span.egress_bytes,
                    span.http_status,
                    span.error_type,
                    span.service_tier,
                    span.cost ? to_usd_text(*span.cost) : "none",
                    span.is_credit,
                    span.is_streaming,
                    span.is_final_chunk,
                    span.has_usage_data,
                    span.is_not_decodable,
                    span.currency_is_unknown,
                    outcome_of(record, index));
    for (size_t i = 0; i < kDimensionCount; ++i) {
        text += fmt::format(" {}", span.dimensions[i]);
        text += account_of(static_cast<Dimension>(i), span.dimensions[i]);
    }
    CHECK(uint64_t{span.usage_begin} + span.usage_count <= record.usages.size(),
          "usages are there");
    for (size_t i = span.usage_begin; i < span.usage_begin + span.usage_count; ++i) {
        text += fmt::format(" {}={}", record.usages[i].meter, record.usages[i].quantity);
    }
    return text;
}

std::string text_of(const DecodedRecord& record) {
    CHECK(!record.refused || (record.spans.empty() && !record.reason.empty()),
          "a record that is refused has a reason and no spans");
    std::string text = record.refused ? "refused: " + record.reason : "";
    for (size_t i = 0; i < record.spans.size(); ++i) {
        text += text_of(record, i) + '\n';
    }
    return text;
}

DecodedRecord decoded(std::string_view content_type, std::string_view bytes) {
    Decoder decoder(Format::kAuto);
    DecodedRecord record;
    decoder.decode(content_type, bytes, record);
    return record;
}

// Every record, decoded as the first one of its decoder.
std::string check_history_and_address(std::string_view content_type, std::string_view bytes) {
    static Decoder kept_decoder(Format::kAuto);
    static DecodedRecord kept_record;
    std::string alone = text_of(decoded(content_type, bytes));
    kept_decoder.decode(content_type, bytes, kept_record);
    CHECK(text_of(kept_record) == alone, "a record means the same whatever came before it");
    for (const size_t shift : {size_t{1}, size_t{4}}) {
        const auto shifted = std::make_unique<char[]>(bytes.size() + shift);
        std::copy(bytes.begin(), bytes.end(), shifted.get() + shift);
        kept_decoder.decode(content_type, {shifted.get() + shift, bytes.size()}, kept_record);
        CHECK(text_of(kept_record) == alone, "a record means the same wherever it stands");
    }
    return alone;
}

// The elements of a sound JSON record, as they are written in an array.
std::string_view elements_of(std::string_view bytes) {
    const size_t first = bytes.find_first_not_of(" \t\r\n");
    const size_t last = bytes.find_last_not_of(" \t\r\n");
    return bytes[first] == '[' ? bytes.substr(first + 1, last - first - 1)
                               : bytes.substr(first, last - first + 1);
}

constexpr std::string_view kNeighbour =
    R"({"time_ms":1740614400000,"t\u0065am":"neighbour","usage":[{"meter":"n","quantity":1}]})";

void check_among_others(std::string_view bytes) {
    static JsonDecoder decoder;
    DecodedRecord alone;
    decoder.decode(bytes, alone);
    const bool is_malformed = alone.reason.starts_with("no JSON");
    CHECK(find_json_fault(bytes).has_value() == is_malformed, "whoever is refused is told where");
    if (alone.refused || alone.spans.size() + 2 > kSpansPerRecordMax) {
        return;
    }
    const std::string text = text_of(alone);
    const std::string array = fmt::format("[{},{},{}]", kNeighbour, elements_of(bytes), kNeighbour);
    DecodedRecord among;
    decoder.decode(array, among);
    if (among.reason.find("nested more than") != std::string::npos) {
        return;  // one level deeper than alone
    }
    CHECK(among.spans.size() == alone.spans.size() + 2, "nobody costs anybody else a span");
    static const std::string kNeighbourText = [] {
        DecodedRecord neighbour;
        JsonDecoder().decode(kNeighbour, neighbour);
        return text_of(neighbour, 0);
    }();
    CHECK(text_of(among, 0) == kNeighbourText, "nor changes the one before");
    CHECK(text_of(among, among.spans.size() - 1) == kNeighbourText, "nor the one behind");
    std::string others;
    for (size_t i = 0; i < alone.spans.size(); ++i) {
        others += text_of(among, i + 1) + '\n';
    }
    CHECK(others == text, "a span means the same alone and among others");
}

void check_unknown_members(const uint8_t* data, size_t size) {
    FuzzedDataProvider choices(data, size);
    const auto [plain, mixed] = UnknownMembers(choices).records();
    const std::string text = check_history_and_address("", plain);
    CHECK(!text.starts_with("refused"), "the fuzz target writes sound JSON");
    CHECK(check_history_and_address("", mixed) == text, "unknown members mean nothing");
    check_among_others(mixed);
}

}  // namespace
}  // namespace spantoll::ingest

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace spantoll::ingest;
    if (size == 0) {
        return 0;
    }
    if (data[0] >= kUnknownMembersMin) {
        check_unknown_members(data + 1, size - 1);
        return 0;
    }
    const std::string_view content_type = kContentTypes[data[0] % kContentTypes.size()];
    // Of the exact size, so that one byte behind it is seen.
    const auto bytes = std::make_unique<char[]>(size - 1);
    std::copy(data + 1, data + size, bytes.get());
    const std::string_view record(bytes.get(), size - 1);
    check_history_and_address(content_type, record);
    check_among_others(without_byte_order_mark(record));
    return 0;
}
