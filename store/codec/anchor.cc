#include "store/codec/anchor.h"

#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SBR1";

}  // namespace

std::string RowKind<AnchorRow>::key(const AnchorRow& row) {
    std::string key;
    put_account_key(
        key, kPrefix, row.account, series_text(to_text(row.window), row.skips_failed, row.series));
    return key;
}

std::string_view RowKind<AnchorRow>::encode(RecordEncoder& encoder, const AnchorRow& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    const auto window = buffer.text(to_text(row.window));
    return buffer.finish(
        record::CreateAnchor(buffer.builder, window, row.series, row.anchor_ms, row.skips_failed),
        kIdentifier);
}

std::optional<AnchorRow> RowKind<AnchorRow>::decode(std::string_view key, std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Anchor>(kIdentifier);
    const std::optional<AccountKey> cut = parse_account_key(kPrefix, key);
    if (table == nullptr || !cut) {
        return std::nullopt;
    }
    const std::optional<WindowSpec> window = parse_window(text_of(table->window()));
    if (!window || !window->is_per_account()) {
        return std::nullopt;
    }
    return AnchorRow{std::string(cut->account),
                     *window,
                     table->skips_failed(),
                     table->series(),
                     table->anchor_ms()};
}

std::string RowKind<AnchorRow>::json(const AnchorRow& row) {
    return JsonObject()
        .add_text("window", to_text(row.window))
        .add_flag("count_failed", !row.skips_failed)
        .add("series", row.series)
        .add("anchor_ms", row.anchor_ms)
        .str();
}

}  // namespace spantoll::store
