#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/window_spec.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// ANCHOR#<account>/<window>: where the lattice begins that an account has for itself. The totals in
// its windows are WINDOW# rows, which may all have ended.
struct AnchorRow {
    std::string account;
    WindowSpec window;
    bool skips_failed = false;  // as Period
    uint32_t series = 0;
    int64_t anchor_ms = 0;
    bool operator==(const AnchorRow&) const = default;
};

inline constexpr std::string_view kAnchorPrefix = "ANCHOR#";

template <>
struct RowKind<AnchorRow> {
    static constexpr Family kFamily = Family::kEnforce;
    static constexpr std::string_view kPrefix = kAnchorPrefix;
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const AnchorRow& row);
    static std::string_view encode(RecordEncoder& encoder, const AnchorRow& row);
    static std::optional<AnchorRow> decode(std::string_view key, std::string_view value);
    static std::string json(const AnchorRow& row);
};

}  // namespace spantoll::store
