#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/kafka/start.h"
#include "ingest/source.h"
#include "schemas/clock.h"
#include "store/topic/log.h"

namespace spantoll::tools {

inline constexpr std::string_view kEmbeddedTopic = "embedded";

// Whether reading ends at the end that the log had when it was opened, or waits for more.
enum class Reading { kEndless, kBounded };

struct EmbeddedReading {
    int64_t next_offset = 0;  // of EmbeddedStart
    Reading reading = Reading::kEndless;
    ingest::GapPolicy gaps = ingest::GapPolicy::kRefuse;
    std::optional<int64_t> end = {};  // kBounded: not further than this
};

// The embedded topic as a source: its one partition, from where the store stopped. Its offsets
// follow one another: where one is missing poll() fails with kConfig, or, with kAccept, goes on
// behind it. Also applies the log's retention, now and then. Thread: the engine's.
class EmbeddedSource final : public ingest::Source {
  public:
    EmbeddedSource(store::TopicLog& log, Clock& clock, const EmbeddedReading& reading);

    const std::vector<TopicPartition>& partitions() const override { return partitions_; }
    Result<ingest::RecordBatch> poll(const ingest::PollLimits& limits) override;
    void set_paused(PartitionIndex, bool) override {}  // one partition is never ahead of itself
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

    // Holes that were accepted since the last call, a line each, for the audit.
    std::vector<std::string> take_gaps();

  private:
    Result<void> read(const ingest::PollLimits& limits);
    Result<void> expect_next(int64_t offset);
    void enforce_retention(const Moment& now);

    store::TopicLog& log_;
    Clock& clock_;
    const EmbeddedReading reading_;
    const int64_t bounded_end_;
    std::vector<TopicPartition> partitions_;
    int64_t next_offset_;
    std::vector<std::string> gaps_;
    const Moment opened_;
    SteadyTime retention_checked_;
    std::vector<store::LogRecord> held_;  // what the last poll handed out points into these
};

}  // namespace spantoll::tools
