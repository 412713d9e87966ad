#pragma once

#include <utility>

#include "schemas/rows.h"
#include "store/codec/row_kind.h"

namespace spantoll::store {

// META/OFFSET#<topic>/<partition>.
using PartitionOffset = std::pair<TopicPartition, OffsetRow>;

template <>
struct RowKind<PartitionOffset> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "META/OFFSET#";
    static constexpr Visibility kVisibility = Visibility::kDigest;
    static std::string key(const PartitionOffset& row);
    static std::string_view encode(RecordEncoder& encoder, const PartitionOffset& row);
    static std::optional<PartitionOffset> decode(std::string_view key, std::string_view value);
    static std::string json(const PartitionOffset& row);
};

// META/COUNTS#<topic>/<partition>.
using PartitionCounts = std::pair<TopicPartition, CountsRow>;

template <>
struct RowKind<PartitionCounts> {
    static constexpr Family kFamily = Family::kMeta;
    static constexpr std::string_view kPrefix = "META/COUNTS#";
    static constexpr Visibility kVisibility = Visibility::kDigest;
    static std::string key(const PartitionCounts& row);
    static std::string_view encode(RecordEncoder& encoder, const PartitionCounts& row);
    static std::optional<PartitionCounts> decode(std::string_view key, std::string_view value);
    static std::string json(const PartitionCounts& row);
};

}  // namespace spantoll::store
