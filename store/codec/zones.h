#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/codec/row_kind.h"

namespace spantoll::store {

// META/ZONES: the release of the time zone database that windows were last worked out with. There
// is one.
struct ZonesRow {
    std::string release;
    bool operator==(const ZonesRow&) const = default;
};

template <>
struct RowKind<ZonesRow> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "META/ZONES";
    static constexpr Visibility kVisibility = Visibility::kShown;
    static std::string key(const ZonesRow& row);
    static std::string_view encode(RecordEncoder& encoder, const ZonesRow& row);
    static std::optional<ZonesRow> decode(std::string_view key, std::string_view value);
    static std::string json(const ZonesRow& row);
};

}  // namespace spantoll::store
