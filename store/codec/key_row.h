#pragma once

#include <optional>
#include <string>

#include "schemas/settings.h"
#include "schemas/text/json_writer.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// KEY#<name>: what commands say of a virtual key. It stands for what the configuration says of a
// key of that name, whatever configurations come.
template <>
struct RowKind<VirtualKey> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "KEY#";
    static constexpr Visibility kVisibility = Visibility::kDigest;
    static std::string key(const VirtualKey& row);
    static std::string_view encode(RecordEncoder& encoder, const VirtualKey& row);
    static std::optional<VirtualKey> decode(std::string_view key, std::string_view value);
    static std::string json(const VirtualKey& row);
};

// Everything of a key but its name, as the row and the audit show it. Returns `json`.
JsonObject& add_key_terms(JsonObject& json, const VirtualKey& key);

}  // namespace spantoll::store
