#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/codec/row_kind.h"

namespace spantoll::store {

// WARM: the input was read to its end once since the store was made, so its totals are those of
// everything that was there. There is one, or none.
struct WarmRow {
    bool operator==(const WarmRow&) const = default;
};

template <>
struct RowKind<WarmRow> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "WARM";
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const WarmRow& row);
    static std::string_view encode(RecordEncoder& encoder, const WarmRow& row);
    static std::optional<WarmRow> decode(std::string_view key, std::string_view value);
    static std::string json(const WarmRow& row);
};

}  // namespace spantoll::store
