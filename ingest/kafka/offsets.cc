#include "ingest/kafka/offsets.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "schemas/check.h"

namespace spantoll::ingest {

namespace {

constexpr std::chrono::milliseconds kRetryPause(50);

// Errors that pass: leaders move, and a new topic has no leaders for a moment, when librdkafka
// itself does not know its partitions either.
bool is_passing(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
           code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

rd_kafka_resp_err_t ask_once(rd_kafka_t& client, std::vector<OffsetOf>& wanted, int timeout_ms) {
    const KafkaPartitions list = list_of(wanted);
    const auto code = rd_kafka_offsets_for_times(&client, list.get(), timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return code;
    }
    for (int i = 0; i < list->cnt; ++i) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return list->elems[i].err;
        }
    }
    // The answers are sorted by leader, not in the order asked.
    for (OffsetOf& one : wanted) {
        const auto* found = rd_kafka_topic_partition_list_find(
            list.get(), one.partition.topic.c_str(), one.partition.partition);
        CHECK(found != nullptr, "an answer for every question");
        one.offset = found->offset;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        const auto code =
            ask_once(client, wanted, static_cast<int>(std::max<int64_t>(0, left.count())));
        if (!is_passing(code) || left <= kRetryPause) {
            return code;
        }
        std::this_thread::sleep_for(kRetryPause);
    }
}

}  // namespace spantoll::ingest
