#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace spantoll {

struct TopicPartition {
    std::string topic;
    int32_t partition = 0;
    auto operator<=>(const TopicPartition&) const = default;
};

// Which partition of a source, counted from 0 in the order of Source::partitions().
using PartitionIndex = uint32_t;

// Tells one record from another at the same offset: a log that was deleted and made again.
struct Fingerprint {
    int64_t append_ms = 0;  // 0 where the log has no append time
    uint32_t size = 0;      // bytes of the value
    uint32_t crc32c = 0;    // of the value
    auto operator<=>(const Fingerprint&) const = default;
};

}  // namespace spantoll
