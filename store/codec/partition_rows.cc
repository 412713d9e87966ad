#include "store/codec/partition_rows.h"

#include <algorithm>

#include "schemas/event_time.h"
#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

constexpr const char* kOffsetIdentifier = "SOR1";
constexpr const char* kCountsIdentifier = "SCR1";

std::optional<int64_t> null_if_unset(int64_t value) {
    return value == kUnset ? std::nullopt : std::optional(value);
}

}  // namespace

std::string RowKind<PartitionOffset>::key(const PartitionOffset& row) {
    return partition_key(kPrefix, row.first);
}

std::string_view RowKind<PartitionOffset>::encode(RecordEncoder& encoder,
                                                  const PartitionOffset& row) {
    const OffsetRow& offset = row.second;
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    return buffer.finish(record::CreateOffset(buffer.builder,
                                              offset.next_offset,
                                              offset.last.append_ms,
                                              offset.last.size,
                                              offset.last.crc32c,
                                              offset.last_offset,
                                              offset.time_ms_max),
                         kOffsetIdentifier);
}

std::optional<PartitionOffset> RowKind<PartitionOffset>::decode(std::string_view key,
                                                                std::string_view value) {
    std::optional<TopicPartition> partition = parse_partition_key(kPrefix, key);
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Offset>(kOffsetIdentifier);
    if (!partition || table == nullptr) {
        return std::nullopt;
    }
    return PartitionOffset{
        std::move(*partition),
        OffsetRow{table->next_offset(),
                  {table->last_append_ms(), table->last_size(), table->last_crc32c()},
                  table->last_offset(),
                  table->time_ms_max()}};
}

std::string RowKind<PartitionOffset>::json(const PartitionOffset& row) {
    const OffsetRow& offset = row.second;
    return JsonObject()
        .add("next_offset", offset.next_offset)
        .add("last_offset", offset.last_offset)
        .add("last_append_ms", offset.last.append_ms)
        .add("last_size", offset.last.size)
        .add("last_crc32c", offset.last.crc32c)
        .add("time_ms_max", null_if_unset(offset.time_ms_max))
        .str();
}

std::string RowKind<PartitionCounts>::key(const PartitionCounts& row) {
    return partition_key(kPrefix, row.first);
}

std::string_view RowKind<PartitionCounts>::encode(RecordEncoder& encoder,
                                                  const PartitionCounts& row) {
    const CountsRow& counts = row.second;
    RecordEncoder::Buffer& buffer = encoder.buffer();
    buffer.builder.Clear();
    // Older programs know fewer reasons: they can read the row as long as it needs no more.
    size_t reasons = counts.refused.size();
    while (reasons > 0 && counts.refused[reasons - 1] == 0) {
        --reasons;
    }
    const auto refused = buffer.builder.CreateVector(counts.refused.data(), reasons);
    return buffer.finish(record::CreateCounts(buffer.builder,
                                              counts.polled,
                                              counts.accepted,
                                              counts.duplicate,
                                              counts.late,
                                              refused,
                                              counts.clamped),
                         kCountsIdentifier);
}

std::optional<PartitionCounts> RowKind<PartitionCounts>::decode(std::string_view key,
                                                                std::string_view value) {
    std::optional<TopicPartition> partition = parse_partition_key(kPrefix, key);
    const AlignedBytes aligned(value);
    const auto* table = aligned.root<record::Counts>(kCountsIdentifier);
    // Reasons are only ever added: fewer come from an older version.
    if (!partition || table == nullptr || table->refused() == nullptr ||
        table->refused()->size() > kRefusalCount || !are_aligned(table->refused())) {
        return std::nullopt;
    }
    CountsRow counts{table->polled(),
                     table->accepted(),
                     table->duplicate(),
                     table->late(),
                     {},
                     table->clamped()};
    std::copy(table->refused()->begin(), table->refused()->end(), counts.refused.begin());
    return PartitionCounts{std::move(*partition), counts};
}

std::string RowKind<PartitionCounts>::json(const PartitionCounts& row) {
    const CountsRow& counts = row.second;
    JsonObject refused;
    for (size_t i = 0; i < kRefusalCount; ++i) {
        // Nearly no store has one, and digests of the others stay what they were.
        const bool is_left_out =
            static_cast<Refusal>(i) == Refusal::kCrashed && counts.refused[i] == 0;
        if (!is_left_out) {
            refused.add(kRefusalNames[i], counts.refused[i]);
        }
    }
    JsonObject json;
    json.add("polled", counts.polled)
        .add("accepted", counts.accepted)
        .add("duplicate", counts.duplicate)
        .add("late", counts.late);
    if (counts.clamped > 0) {
        json.add("clamped", counts.clamped);
    }
    return json.add_json("refused", refused.str()).str();
}

}  // namespace spantoll::store
