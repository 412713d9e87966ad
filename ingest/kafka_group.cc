#include "ingest/kafka_group.h"

#include <algorithm>

#include "ingest/kafka_offsets.h"
#include "schemas/check.h"

namespace spantoll::ingest {

KafkaGroup::KafkaGroup(rd_kafka_t& client,
                       KafkaReports& reports,
                       const std::vector<TopicPartition>& partitions)
    : client_(client), reports_(reports), partitions_(partitions), sent_(partitions.size(), -1) {}

void KafkaGroup::show(const std::vector<int64_t>& next_offsets) {
    CHECK(next_offsets.size() == partitions_.size(), "one position for each partition");
    waiting_ = next_offsets;
    serve();
}

void KafkaGroup::serve() {
    if (reports_.has_commit_failed) {
        reports_.has_commit_failed = false;
        std::fill(sent_.begin(), sent_.end(), -1);
        return;
    }
    if (waiting_.empty() || reports_.is_commit_under_way) {
        return;
    }
    std::vector<OffsetOf> offsets;
    for (size_t i = 0; i < partitions_.size(); ++i) {
        if (waiting_[i] >= 0 && waiting_[i] != sent_[i]) {
            offsets.push_back({.partition = partitions_[i], .offset = waiting_[i]});
            sent_[i] = waiting_[i];
        }
    }
    waiting_.clear();
    if (!offsets.empty()) {
        constexpr int kAsynchronously = 1;
        reports_.is_commit_under_way =
            rd_kafka_commit(&client_, list_of(offsets).get(), kAsynchronously) ==
            RD_KAFKA_RESP_ERR_NO_ERROR;
    }
}

}  // namespace spantoll::ingest
