#pragma once

#include <cstdint>
#include <vector>

#include "ingest/kafka/handles.h"
#include "schemas/position.h"

namespace spantoll::ingest {

struct OffsetOf {
    TopicPartition partition;
    int64_t offset = 0;
};

KafkaPartitions list_of(const std::vector<OffsetOf>& offsets);

// Special values to look for in a partition instead of a time (Kafka's ListOffsets).
inline constexpr int64_t kFirstOffset = RD_KAFKA_OFFSET_BEGINNING;
inline constexpr int64_t kEndOffset = RD_KAFKA_OFFSET_END;

// Replaces each wanted time (or kFirstOffset, kEndOffset) by the offset of the first record that is
// not older, or RD_KAFKA_OFFSET_END where there is none. Sends one request to each leader and tries
// again while leaders move, for at most `timeout_ms`; `wanted` is unchanged on failure. (librdkafka
// 2.0's rd_kafka_query_watermark_offsets() asks partition by partition and far exceeds its timeout
// when the leader goes away.)
rd_kafka_resp_err_t look_up_offsets(rd_kafka_t& client,
                                    std::vector<OffsetOf>& wanted,
                                    int timeout_ms);

}  // namespace spantoll::ingest
