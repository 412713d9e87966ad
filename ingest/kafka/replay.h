#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "ingest/kafka/client.h"
#include "ingest/kafka/probe.h"
#include "ingest/source.h"

namespace spantoll::ingest {

// A position in every partition of a topic, as given to `replay --from` and `--to`.
struct LogPlace {
    enum class Kind { kBeginning, kEnd, kOffset, kTime };
    Kind kind = Kind::kBeginning;
    int64_t value = 0;  // kOffset: the offset; kTime: epoch ms, the first record not before it
};

struct KafkaReplayOptions {
    KafkaSettings settings;
    LogPlace from{.kind = LogPlace::Kind::kBeginning};
    LogPlace to{.kind = LogPlace::Kind::kEnd};  // exclusive; kEnd is the end at opening
};

// Reads Kafka topics for `replay`, up to a bound. The records of all partitions are merged into one
// order: the next one is the first by append time (or by record timestamp where there is none),
// then topic, partition and offset. So the order does not depend on which broker was faster, and
// two replays are equal. Commits no positions.
//
// partitions() is sorted by topic and partition, and includes those with nothing to read.
//
// Thread: one.
class KafkaReplay final : public Source {
  public:
    // Fails like KafkaSource::open(). kConfig also where `from` is an offset that a partition no
    // longer holds.
    static Result<std::unique_ptr<KafkaReplay>> open(const KafkaReplayOptions& options);
    ~KafkaReplay() override;

    const std::vector<TopicPartition>& partitions() const override { return partitions_; }
    // Waits for the next record in order, even if other partitions have records ready. kConfig
    // where its topic was deleted.
    Result<RecordBatch> poll(const PollLimits& limits) override;
    // Does nothing: the order is fixed, and the number of waiting records is bounded.
    void set_paused(PartitionIndex /*partition*/, bool /*paused*/) override {}
    void positions_are_durable(const std::vector<int64_t>& /*next_offsets*/) override {}

  private:
    struct Partition {
        KafkaQueue queue;
        OffsetRange left;  // begin = everything below was handed out or is not a record
        // Messages read ahead; those before `taken` have moved to held_.
        std::vector<rd_kafka_message_t*> ahead;
        size_t taken = 0;
        bool is_end_seen = false;  // `ahead` holds all that is left before left.end
        bool is_finished() const { return left.begin >= left.end; }
    };
    struct Head {
        int64_t time_ms = 0;
        PartitionIndex partition = 0;
        bool operator>(const Head& other) const {
            return time_ms != other.time_ms ? time_ms > other.time_ms : partition > other.partition;
        }
    };

    KafkaReplay() = default;
    Result<void> assign();
    Result<bool> find_head(PartitionIndex index, int64_t wait_ms);
    Result<void> read_ahead(PartitionIndex index, int64_t wait_ms);
    Result<void> sort_out(PartitionIndex index, KafkaMessage message);
    Result<void> look_for_topic(PartitionIndex index);
    size_t fetch(PartitionIndex index, int64_t wait_ms);
    void hand_out(PartitionIndex index, RecordBatch& batch);
    void describe_partitions(RecordBatch& batch) const;
    void release();

    KafkaReports reports_;
    KafkaClient client_;
    std::vector<TopicPartition> partitions_;  // constant after opening
    std::vector<Partition> reading_;          // by PartitionIndex
    std::vector<PartitionIndex> headless_;    // unfinished and not in heads_
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
    std::vector<rd_kafka_message_t*> fetched_;         // scratch of fetch()
    std::chrono::steady_clock::time_point next_look_;  // when to check again that the topic exists
    int missing_looks_ = 0;                            // checks in a row without it
    std::vector<rd_kafka_message_t*> held_;  // what the last poll handed out points into these
};

}  // namespace spantoll::ingest
