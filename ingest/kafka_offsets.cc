#include "ingest/kafka_offsets.h"

#include "schemas/check.h"

namespace spantoll::ingest {

KafkaPartitions list_of(const std::vector<OffsetOf>& offsets) {
    KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
    for (const OffsetOf& one : offsets) {
        rd_kafka_topic_partition_list_add(
            list.get(), one.partition.topic.c_str(), one.partition.partition)
            ->offset = one.offset;
    }
    return list;
}

rd_kafka_resp_err_t look_up_offsets(rd_kafka_t& client,
                                    std::vector<OffsetOf>& wanted,
                                    int timeout_ms) {
    if (wanted.empty()) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    const KafkaPartitions list = list_of(wanted);
    const auto code = rd_kafka_offsets_for_times(&client, list.get(), timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return code;
    }
    // The answers come leader by leader.
    for (OffsetOf& one : wanted) {
        const auto* found = rd_kafka_topic_partition_list_find(
            list.get(), one.partition.topic.c_str(), one.partition.partition);
        CHECK(found != nullptr, "an answer for every question");
        if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return found->err;
        }
        one.offset = found->offset;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace spantoll::ingest
