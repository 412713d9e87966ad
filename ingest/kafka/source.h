#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/kafka/client.h"
#include "ingest/kafka/group.h"
#include "ingest/kafka/start.h"
#include "ingest/kafka/watch.h"
#include "ingest/source.h"

namespace spantoll::ingest {

// Live reading of Kafka topics: every partition of the configured topics, each from where the
// store stopped, for ever. Records are handed out as librdkafka holds them, not copied.
//
//     auto source = KafkaSource::open({.settings = settings.kafka, .positions = positions});
//     auto batch = (*source)->poll({.records_max = 5000, .bytes_max = 8 << 20, .wait_ms = 50});
//
// Of each partition the offsets handed out ascend, across pauses and outages; gaps between them
// are those of the log (compaction, transactions).
//
// partitions(): sorted by topic and partition. A broker that goes away shows as partitions without
// a leader and batches without records. poll() fails with kConfig where a partition's position is
// no longer in its log, with kUnavailable where librdkafka gives up (authorisation, fatal errors).
//
// Thread: one, the engine's.
class KafkaSource final : public Source {
  public:
    // Blocks until the brokers have answered everything, each question at most
    // KafkaProbe::kAnswerMs. Errors as said at make_consumer(), KafkaProbe and plan_start().
    static Result<std::unique_ptr<KafkaSource>> open(const KafkaSourceOptions& options);
    ~KafkaSource() override;  // gives the last group offsets kStopWaitMs to arrive

    const std::vector<TopicPartition>& partitions() const override { return start_.partitions; }
    Result<RecordBatch> poll(const PollLimits& limits) override;
    void set_paused(PartitionIndex partition, bool paused) override;
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

    // Where each partition was begun, by PartitionIndex. Behind the store's position only where a
    // gap was accepted.
    const std::vector<int64_t>& start_offsets() const { return start_.offsets; }
    // Gaps that were accepted, a line each: for audit rows.
    const std::vector<std::string>& gaps() const { return start_.gaps; }
    // Partitions whose store is behind the group's offset, a line each: to be said loudly.
    const std::vector<std::string>& behind_group() const { return start_.behind_group; }
    // Topics whose time is the producers', so that no append time can be trusted: those whose
    // configuration may be read, at once; any other after its first record.
    const std::vector<std::string>& topics_with_create_time() const {
        return start_.topics_with_create_time;
    }
    // A topic got more partitions, or is gone: open again from the store. Never false again.
    bool partitions_changed() const { return watch_->have_partitions_changed(); }

    static constexpr int kStopWaitMs = 1000;

  private:
    struct Partition {
        int64_t next_offset = 0;  // everything below has been handed out or is not a record
        int64_t nudged_at = -1;   // next_offset when fetching was last hurried
        bool is_paused = false;
        // Its broker did not know the topic: nothing more is handed out, as the records may be
        // another topic's under the same name. Opening again compares the last one.
        bool is_in_question = false;
    };
    // A topic's handle as messages carry it, and its first partition's index.
    struct Topic {
        const rd_kafka_topic_t* handle = nullptr;
        PartitionIndex first = 0;
        bool is_time_known = false;
    };

    KafkaSource() = default;
    Result<void> take_first(int64_t wait_ms, RecordBatch& batch);
    Result<void> take(size_t count_max, int64_t wait_ms, RecordBatch& batch);
    void question(const std::string& topic);
    Result<void> accept(const rd_kafka_message_t& message, RecordBatch& batch);
    Result<void> accept_event(const rd_kafka_message_t& message);
    Topic& topic_of(const rd_kafka_message_t& message);
    void note_time(Topic& topic, const Record& record);
    void release();
    void look_at_reports();
    void describe_partitions(RecordBatch& batch);
    void nudge_where_waiting();
    int64_t known_end(PartitionIndex partition);

    // Constant after opening.
    KafkaStart start_;
    KafkaReports reports_;
    KafkaClient client_;
    KafkaQueue queue_;
    std::unique_ptr<KafkaGroup> group_;
    std::unique_ptr<KafkaWatch> watch_;

    std::vector<Partition> partitions_;
    std::vector<Topic> topics_;  // as they are met
    std::vector<KafkaWatch::View> views_;
    std::vector<rd_kafka_message_t*> held_;  // what the last poll handed out points into these
    size_t records_before_ = 0;              // of the last batch
};

}  // namespace spantoll::ingest
