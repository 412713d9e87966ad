#pragma once

#include <cstdint>
#include <vector>

#include "ingest/kafka_client.h"
#include "schemas/position.h"

namespace spantoll::ingest {

// The group's offsets in Kafka: a copy of the store's positions, for lag tools and as a fence
// against a store that was set back. Never waits: one commit is under way at a time, and what
// comes meanwhile is sent, as its newest, after it.
//
// Thread: the engine's, which also polls the client.
class KafkaGroup {
  public:
    // All three must live longer.
    KafkaGroup(rd_kafka_t& client,
               KafkaReports& reports,
               const std::vector<TopicPartition>& partitions);

    // By PartitionIndex; a negative offset is not shown.
    void show(const std::vector<int64_t>& next_offsets);
    // Sends what waits, where nothing is under way. After a commit that failed all of it goes again
    // with the next show(), not at once: the brokers have just said no.
    void serve();
    bool is_under_way() const { return reports_.is_commit_under_way; }

  private:
    rd_kafka_t& client_;
    KafkaReports& reports_;
    const std::vector<TopicPartition>& partitions_;
    std::vector<int64_t> sent_;     // as far as it was sent; -1 = not, or not taken
    std::vector<int64_t> waiting_;  // empty = nothing
};

}  // namespace spantoll::ingest
