#include "store/codec/key_row.h"

#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kIdentifier = "SVR1";

using Texts = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;

flatbuffers::Offset<Texts> to_record(RecordEncoder::Buffer& buffer,
                                     const std::vector<std::string>& texts) {
    std::vector<flatbuffers::Offset<flatbuffers::String>> all;
    all.reserve(texts.size());
    for (const std::string& text : texts) {
        all.push_back(buffer.text(text));
    }
    return buffer.builder.CreateVector(all);
}

std::vector<std::string> texts_of(const Texts* vector) {
    std::vector<std::string> texts;
    if (vector == nullptr) {
        return texts;
    }
    texts.reserve(vector->size());
    for (const flatbuffers::String* text : *vector) {
        texts.push_back(text_of(text));
    }
    return texts;
}

std::string json_array(const std::vector<std::string>& texts) {
    JsonArray array;
    for (const std::string& text : texts) {
        array.add_text(text);
    }
    return array.str();
}

}  // namespace

JsonObject& add_key_terms(JsonObject& json, const VirtualKey& key) {
    return json.add_flag("active", key.is_active)
        .add("expires_ms", key.expires_ms)
        .add_json("parents", json_array(key.parents))
        .add_json("ids", json_array(key.ids))
        .add_json("sha256", json_array(key.sha256))
        .add_text("owner", key.owner)
        .add_flag("removed", key.is_removed);
}

std::string RowKind<VirtualKey>::key(const VirtualKey& row) {
    return std::string(kPrefix) + row.name;
}

std::string_view RowKind<VirtualKey>::encode(RecordEncoder& encoder, const VirtualKey& row) {
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    const auto ids = to_record(buffer, row.ids);
    const auto sha256 = to_record(buffer, row.sha256);
    const auto parents = to_record(buffer, row.parents);
    const auto owner = buffer.text(row.owner);
    record::KeyBuilder key(buffer.builder);
    key.add_ids(ids);
    key.add_sha256(sha256);
    key.add_is_active(row.is_active);
    if (row.expires_ms) {
        key.add_expires_ms(*row.expires_ms);
    }
    key.add_parents(parents);
    key.add_owner(owner);
    key.add_is_removed(row.is_removed);
    return buffer.finish(key.Finish(), kIdentifier);
}

std::optional<VirtualKey> RowKind<VirtualKey>::decode(std::string_view key,
                                                      std::string_view value) {
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Key>(kIdentifier);
    if (!key.starts_with(kPrefix) || key.size() == kPrefix.size() || table == nullptr) {
        return std::nullopt;
    }
    VirtualKey row;
    row.name = key.substr(kPrefix.size());
    row.ids = texts_of(table->ids());
    row.sha256 = texts_of(table->sha256());
    row.is_active = table->is_active();
    if (const flatbuffers::Optional<int64_t> expires_ms = table->expires_ms()) {
        row.expires_ms = *expires_ms;
    }
    row.parents = texts_of(table->parents());
    row.owner = text_of(table->owner());
    row.is_removed = table->is_removed();
    return row;
}

std::string RowKind<VirtualKey>::json(const VirtualKey& row) {
    JsonObject json;
    return add_key_terms(json, row).str();
}

}  // namespace spantoll::store
