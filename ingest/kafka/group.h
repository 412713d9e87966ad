#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/kafka/handles.h"
#include "schemas/position.h"

namespace spantoll::ingest {

// The group's offsets in Kafka: a copy of the store's positions, for lag tools and as a fence
// against a store that was set back. Never waits: one commit is under way at a time, at most two
// a second, and what comes meanwhile is sent, as its newest, after it.
//
// A consumer's commit: librdkafka 2.0.2 aborts where an administrator's change of offsets, which is
// the same request, runs out of time without a broker. An ending consumer would wait most of a
// minute for a commit whose broker is away, so clients are destroyed without closing the consumer.
//
// Thread: the engine's.
class KafkaGroup {
  public:
    // `client` and `partitions` must live longer.
    KafkaGroup(rd_kafka_t& client,
               std::string group,
               const std::vector<TopicPartition>& partitions);

    // By PartitionIndex; a negative offset is not shown.
    void show(const std::vector<int64_t>& next_offsets);
    // Sends what waits, where nothing is under way. After a commit that failed all of it goes again
    // with the next show(), not at once: the brokers have just said no.
    void serve();
    // Sends at once, and serves until nothing is under way, at most `wait_ms`. False where a commit
    // is still under way.
    bool flush(int64_t wait_ms);

  private:
    void send();
    void take_answer(int wait_ms);

    rd_kafka_t& client_;
    const std::string group_;
    const std::vector<TopicPartition>& partitions_;
    KafkaQueue answers_;
    bool is_under_way_ = false;
    std::chrono::steady_clock::time_point next_send_;
    std::vector<int64_t> sent_;     // as far as it was sent; -1 = not, or not taken
    std::vector<int64_t> waiting_;  // empty = nothing
};

}  // namespace spantoll::ingest
