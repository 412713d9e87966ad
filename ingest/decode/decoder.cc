#include "ingest/decode/decoder.h"

#include <fmt/format.h>

#include "ingest/decode/flatbuffers.h"
#include "ingest/decode/json.h"
#include "ingest/foreign_encoding.h"
#include "ingest/limits.h"

namespace spantoll::ingest {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

Format format_of_bytes(std::string_view bytes) {
    if (is_span_batch(bytes)) {
        return Format::kFlatBuffers;
    }
    const std::string_view text = without_byte_order_mark(bytes);
    const size_t first = text.find_first_not_of(kBlanks);
    const bool is_json =
        first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
    return is_json ? Format::kJson : Format::kOtlp;
}

// Replaces the reason where the record is not broken but encoded or compressed in another way.
void name_encoding(std::string_view bytes, DecodedRecord& out) {
    const std::string_view encoding = foreign_encoding(bytes);
    if (!encoding.empty() && !is_span_batch(bytes)) {
        out.reason = fmt::format("the record {}", encoding);
    }
}

}  // namespace

struct Decoder::State {
    Format format = Format::kAuto;
    JsonDecoder json;
};

Decoder::Decoder(Format format) : state_(std::make_unique<State>()) {
    state_->format = format;
}

Decoder::~Decoder() = default;

bool Decoder::asks_content_type() const {
    return state_->format == Format::kAuto;
}

void Decoder::decode(std::string_view content_type, std::string_view bytes, DecodedRecord& out) {
    out.clear();
    if (bytes.size() > kRecordBytesMax) {
        return out.refuse(Refusal::kTooLarge, "a record may have 4 MiB");
    }
    Format format = state_->format;
    if (format == Format::kAuto) {
        format = format_of_content_type(content_type);
    }
    if (format == Format::kAuto) {
        format = format_of_bytes(bytes);
    }
    switch (format) {
        case Format::kFlatBuffers:
            decode_flatbuffers(bytes, out);
            break;
        case Format::kJson:
            state_->json.decode(without_byte_order_mark(bytes), out);
            break;
        case Format::kAuto:
        case Format::kOtlp:
            out.refuse(Refusal::kNotDecodable,
                       "neither a FlatBuffers SpanBatch (SPB1) nor JSON; OTLP is not read yet");
    }
    if (out.refused == Refusal::kNotDecodable) {
        name_encoding(bytes, out);
    }
}

}  // namespace spantoll::ingest
