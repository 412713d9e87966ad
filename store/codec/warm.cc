#include "store/codec/warm.h"

#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SVR1";

}  // namespace

std::string RowKind<WarmRow>::key(const WarmRow& /*row*/) {
    return std::string(kPrefix);
}

std::string_view RowKind<WarmRow>::encode(RecordEncoder& encoder, const WarmRow& /*row*/) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(record::CreateWarm(buffer.builder), kIdentifier);
}

std::optional<WarmRow> RowKind<WarmRow>::decode(std::string_view key, std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Warm>(kIdentifier);
    return table == nullptr || key != kPrefix ? std::nullopt : std::optional(WarmRow{});
}

std::string RowKind<WarmRow>::json(const WarmRow& /*row*/) {
    return "{}";
}

}  // namespace spantoll::store
