#pragma once

#include <cstdint>
#include <vector>

#include "ingest/source.h"
#include "schemas/clock.h"
#include "store/topic_log.h"

namespace spantoll::tools {

inline constexpr std::string_view kEmbeddedTopic = "embedded";

// Whether reading ends at the end that the log had when it was opened, or waits for more.
enum class Reading { kEndless, kBounded };

// The embedded topic as a source: its one partition, from where the store stopped. Also applies
// the log's retention, now and then. Thread: the engine's.
class EmbeddedSource final : public ingest::Source {
  public:
    EmbeddedSource(store::TopicLog& log, Clock& clock, int64_t next_offset, Reading reading);

    const std::vector<TopicPartition>& partitions() const override { return partitions_; }
    Result<ingest::RecordBatch> poll(const ingest::PollLimits& limits) override;
    void set_paused(PartitionIndex, bool) override {}  // one partition is never ahead of itself
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

  private:
    void enforce_retention(const Moment& now);

    store::TopicLog& log_;
    Clock& clock_;
    const Reading reading_;
    const int64_t bounded_end_;
    std::vector<TopicPartition> partitions_;
    int64_t next_offset_;
    const Moment opened_;
    SteadyTime retention_checked_;
    std::vector<store::LogRecord> held_;  // what the last poll handed out points into these
};

}  // namespace spantoll::tools
