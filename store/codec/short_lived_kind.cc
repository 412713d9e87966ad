#include "store/codec/short_lived_kind.h"

#include "schemas/text/json_writer.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SHR1";

}  // namespace

std::string RowKind<ShortLivedKind>::key(const ShortLivedKind& row) {
    return std::string(kPrefix) + row.name;
}

std::string_view RowKind<ShortLivedKind>::encode(RecordEncoder& encoder,
                                                 const ShortLivedKind& /*row*/) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(record::CreateShortLivedKind(buffer.builder), kIdentifier);
}

std::optional<ShortLivedKind> RowKind<ShortLivedKind>::decode(std::string_view key,
                                                              std::string_view value) {
    const AlignedBytes aligned(value);
    const bool is_sound =
        key.starts_with(kPrefix) && aligned.root<record::ShortLivedKind>(kIdentifier) != nullptr;
    return is_sound ? std::optional(ShortLivedKind{std::string(key.substr(kPrefix.size()))})
                    : std::nullopt;
}

std::string RowKind<ShortLivedKind>::json(const ShortLivedKind& /*row*/) {
    return JsonObject().str();
}

}  // namespace spantoll::store
