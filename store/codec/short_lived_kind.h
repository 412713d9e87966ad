#pragma once

#include <string>

#include "store/codec/row_kind.h"

namespace spantoll::store {

// SHORT#<kind>: accounts of the kind were short-lived at the last commit, so that they had no
// counters but those of limits.
struct ShortLivedKind {
    std::string name;
    bool operator==(const ShortLivedKind&) const = default;
};

template <>
struct RowKind<ShortLivedKind> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "SHORT#";
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const ShortLivedKind& row);
    static std::string_view encode(RecordEncoder& encoder, const ShortLivedKind& row);
    static std::optional<ShortLivedKind> decode(std::string_view key, std::string_view value);
    static std::string json(const ShortLivedKind& row);
};

}  // namespace spantoll::store
