#pragma once

#include <cstdint>
#include <string>

#include "store/codec/row_kind.h"

namespace spantoll::store {

// SINK#<name>: how far an output has come. Everything up to the sequence has either arrived there
// or is lost to it.
struct SinkPosition {
    std::string name;
    uint64_t sequence = 0;
    bool operator==(const SinkPosition&) const = default;
};

template <>
struct RowKind<SinkPosition> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "SINK#";
    static constexpr Visibility kVisibility = Visibility::kInternal;
    static std::string key(const SinkPosition& row);
    static std::string_view encode(RecordEncoder& encoder, const SinkPosition& row);
    static std::optional<SinkPosition> decode(std::string_view key, std::string_view value);
    static std::string json(const SinkPosition& row);
};

}  // namespace spantoll::store
