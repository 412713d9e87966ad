// Records of every format: decoding reads nothing but the record and writes nothing but its own
// memory, and gives the same whatever was decoded before. The first byte of an input chooses the
// content type.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "ingest/decoder.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

constexpr std::array<std::string_view, 4> kContentTypes{
    "", "application/json", "application/x-flatbuffers", "application/octet-stream"};

// Everything that was decoded, as one text; reading it has the sanitizers look at each byte.
std::string text_of(const DecodedRecord& record) {
    std::string text = fmt::format("{} {}\n", record.refused.has_value(), record.reason);
    for (const Span& span : record.spans) {
        text += fmt::format("{:x} {:x} {:x} {} {} {} {} {}{}{}{} {}",
                            span.trace_id.high,
                            span.trace_id.low,
                            span.span_id,
                            span.sequence,
                            span.time_ms,
                            span.duration_us,
                            span.ingress_bytes,
                            span.is_credit,
                            span.is_streaming,
                            span.is_final_chunk,
                            span.is_not_decodable,
                            span.cost ? to_usd_text(*span.cost) : "none");
        for (const std::string_view value : span.dimensions) {
            text += ' ';
            text += value;
        }
        CHECK(uint64_t{span.usage_begin} + span.usage_count <= record.usages.size(),
              "usages are there");
        for (size_t i = span.usage_begin; i < span.usage_begin + span.usage_count; ++i) {
            text += fmt::format(" {}={}", record.usages[i].meter, record.usages[i].quantity);
        }
        text += '\n';
    }
    return text;
}

}  // namespace
}  // namespace spantoll::ingest

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace spantoll::ingest;
    if (size == 0) {
        return 0;
    }
    const std::string_view content_type = kContentTypes[data[0] % kContentTypes.size()];
    // Of the exact size, so that one byte behind it is seen.
    const auto bytes = std::make_unique<char[]>(size - 1);
    std::copy(data + 1, data + size, bytes.get());
    const std::string_view record_bytes(bytes.get(), size - 1);

    static Decoder kept_decoder(Format::kAuto);
    static DecodedRecord kept_record;
    kept_decoder.decode(content_type, record_bytes, kept_record);
    const std::string kept = text_of(kept_record);

    Decoder decoder(Format::kAuto);
    DecodedRecord record;
    decoder.decode(content_type, record_bytes, record);
    CHECK(kept == text_of(record), "a record means the same whatever came before it");
    return 0;
}
