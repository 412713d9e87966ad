#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/kafka/client.h"
#include "ingest/kafka/handles.h"
#include "ingest/kafka/offsets.h"
#include "schemas/error.h"
#include "schemas/position.h"
#include "schemas/settings.h"

namespace spantoll::ingest {

struct OffsetRange {
    int64_t begin = 0;
    int64_t end = 0;  // one past the last record that may be read
};

struct FoundRecord {
    int64_t offset = 0;
    Fingerprint fingerprint;
};

// Questions to the brokers that are asked once, before reading starts. Each call blocks until it is
// answered, at most kAnswerMs in all; without an answer the result is kUnavailable and names the
// brokers. It has a client of its own, so that nothing it fetched can get mixed into the reading.
//
// Thread: one.
class KafkaProbe {
  public:
    static constexpr int kAnswerMs = 10'000;

    static Result<std::unique_ptr<KafkaProbe>> open(const KafkaSettings& settings);

    // The partitions of all configured topics, sorted. kConfig where a topic does not exist.
    Result<std::vector<TopicPartition>> partitions();

    // The offsets that each partition holds now.
    Result<std::vector<OffsetRange>> ranges(const std::vector<TopicPartition>& partitions);

    // What the group has committed to Kafka; empty = nothing.
    Result<std::vector<std::optional<int64_t>>> group_offsets(
        const std::vector<TopicPartition>& partitions);

    // The first record at or after each offset; empty where there is none. The offsets must lie
    // in their partitions' ranges.
    Result<std::vector<std::optional<FoundRecord>>> records_at(const std::vector<OffsetOf>& wanted);

    // The first offset whose record's time is at least this; empty where there is none.
    Result<std::optional<int64_t>> offset_at_time(const TopicPartition& partition, int64_t time_ms);

    // Topics whose times are set by producers (CreateTime), as far as we are allowed to read their
    // configuration.
    std::vector<std::string> topics_with_create_time();

  private:
    explicit KafkaProbe(KafkaSettings settings) : settings_(std::move(settings)) {}
    Result<int> partition_count(const std::string& topic);
    tl::unexpected<Error> unavailable(std::string_view what, rd_kafka_resp_err_t code);

    KafkaSettings settings_;
    KafkaReports reports_;
    KafkaClient client_;
};

}  // namespace spantoll::ingest
