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

// Reads Kafka topics live: every partition of the configured topics, each from where the store
// stopped, without an end. Records are handed out as librdkafka holds them and are not copied.
//
//     auto source = KafkaSource::open({.settings = settings.kafka, .positions = positions});
//     auto batch = (*source)->poll({.records_max = 5000, .bytes_max = 8 << 20, .wait_ms = 50});
//
// Within each partition the offsets handed out ascend, across pauses and outages. Gaps between them
// are those of the log (compaction, transactions).
//
// partitions() is sorted by topic and partition. While a broker is away, its partitions have no
// leader and batches have no records. poll() fails with kConfig where the position of a partition
// is no longer in its log, and with kUnavailable where librdkafka gives up (authorisation, fatal
// errors).
//
// Thread: one, the engine's.
class KafkaSource final : public Source {
  public:
    // Blocks until the brokers have answered everything, at most KafkaProbe::kAnswerMs for each
    // question. Fails like make_consumer(), KafkaProbe and plan_start().
    static Result<std::unique_ptr<KafkaSource>> open(const KafkaSourceOptions& options);
    ~KafkaSource() override;  // waits up to kStopWaitMs for the last offsets commit

    const std::vector<TopicPartition>& partitions() const override { return start_.partitions; }
    Result<RecordBatch> poll(const PollLimits& limits) override;
    void set_paused(PartitionIndex partition, bool paused) override;
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

    // Where reading began, by PartitionIndex. It differs from the position of the store only where
    // a gap was accepted.
    const std::vector<int64_t>& start_offsets() const { return start_.offsets; }
    // The gaps that were accepted, one line each, for audit rows.
    const std::vector<std::string>& gaps() const { return start_.gaps; }
    // Partitions for which the store is behind the offset of the group, one line each. Deserves a
    // loud warning.
    const std::vector<std::string>& behind_group() const { return start_.behind_group; }
    // Topics whose times are set by producers, so that there is no append time to trust. A topic
    // whose configuration we may read is listed at once, any other after its first record.
    const std::vector<std::string>& topics_with_create_time() const {
        return start_.topics_with_create_time;
    }
    // A topic got more partitions or is gone: open the source again from the store. Never becomes
    // false again.
    bool partitions_changed() const { return watch_->have_partitions_changed(); }

    static constexpr int kStopWaitMs = 1000;

  private:
    struct Partition {
        int64_t next_offset = 0;  // everything below has been handed out or is not a record
        int64_t nudged_at = -1;   // next_offset at the last nudge
        bool is_paused = false;
        // Its broker did not know the topic. Nothing more is handed out, because the records may
        // belong to another topic with the same name. Opening the source again compares the last
        // record.
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
    std::vector<Topic> topics_;  // in the order in which they were met
    std::vector<KafkaWatch::View> views_;
    std::vector<rd_kafka_message_t*> held_;  // what the last poll handed out points into these
    size_t records_before_ = 0;              // in the last batch
};

}  // namespace spantoll::ingest
