#include "store/codec/zones.h"

#include "schemas/text/json_writer.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SZR1";

}  // namespace

std::string RowKind<ZonesRow>::key(const ZonesRow& /*row*/) {
    return std::string(kPrefix);
}

std::string_view RowKind<ZonesRow>::encode(RecordEncoder& encoder, const ZonesRow& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    const auto release = buffer.text(row.release);
    return buffer.finish(record::CreateZones(buffer.builder, release), kIdentifier);
}

std::optional<ZonesRow> RowKind<ZonesRow>::decode(std::string_view key, std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Zones>(kIdentifier);
    return table == nullptr || key != kPrefix ? std::nullopt
                                              : std::optional(ZonesRow{text_of(table->release())});
}

std::string RowKind<ZonesRow>::json(const ZonesRow& row) {
    return JsonObject().add_text("release", row.release).str();
}

}  // namespace spantoll::store
