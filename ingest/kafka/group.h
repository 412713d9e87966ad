#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ingest/kafka/handles.h"
#include "schemas/position.h"

namespace spantoll::ingest {

// The group's offsets in Kafka: a copy of the store's positions, for lag tools and as a safeguard
// against a store that was set back. Never waits: one commit is under way at a time, at most two a
// second. Positions that arrive meanwhile replace each other, and the newest ones are sent
// afterwards.
//
// The offsets are committed as a consumer, not as an administrator: librdkafka 2.0.2 aborts where
// an administrator's change of offsets, which is the same request, runs out of time without a
// broker. Clients are destroyed without closing the consumer, because closing would wait most of a
// minute for a commit whose broker is away.
//
// Thread: the engine's.
class KafkaGroup {
  public:
    // `client` and `partitions` must live longer.
    KafkaGroup(rd_kafka_t& client,
               std::string group,
               const std::vector<TopicPartition>& partitions);

    // Commits these offsets, by PartitionIndex. A negative offset is left out.
    void show(const std::vector<int64_t>& next_offsets);
    // Sends the waiting offsets if no commit is under way. After a failed commit everything is sent
    // again with the next show(), not at once, because the brokers have just refused it.
    void serve();
    // Sends at once and waits at most `wait_ms` until no commit is under way. False where one still
    // is.
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
    std::vector<int64_t> sent_;     // the last offset sent; -1 = none, or the commit failed
    std::vector<int64_t> waiting_;  // empty = nothing
};

}  // namespace spantoll::ingest
