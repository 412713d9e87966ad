#include "store/codec/sink_position.h"

#include "schemas/text/json_writer.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SKR1";

}  // namespace

std::string RowKind<SinkPosition>::key(const SinkPosition& row) {
    return std::string(kPrefix) + row.name;
}

std::string_view RowKind<SinkPosition>::encode(RecordEncoder& encoder, const SinkPosition& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(record::CreateSinkPosition(buffer.builder, row.sequence), kIdentifier);
}

std::optional<SinkPosition> RowKind<SinkPosition>::decode(std::string_view key,
                                                          std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::SinkPosition>(kIdentifier);
    if (!key.starts_with(kPrefix) || table == nullptr) {
        return std::nullopt;
    }
    return SinkPosition{std::string(key.substr(kPrefix.size())), table->sequence()};
}

std::string RowKind<SinkPosition>::json(const SinkPosition& row) {
    return JsonObject().add("sequence", row.sequence).str();
}

}  // namespace spantoll::store
