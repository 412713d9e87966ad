#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "ingest/record.h"
#include "schemas/error.h"
#include "schemas/position.h"

namespace spantoll::ingest {

struct PollLimits {
    size_t records_max = 1;
    size_t bytes_max = 1;  // no more records are added once this is exceeded
    int64_t wait_ms = 0;   // for the first record
};

// Where to continue reading, and what the record before that looked like.
struct StartPosition {
    int64_t next_offset = 0;
    int64_t last_offset = -1;  // -1 = nothing was read yet, and `last` is unused
    Fingerprint last;
};

// An ordered, partitioned log of records: Kafka, the embedded topic, or files. This interface
// separates the pipeline from the origin of the bytes; tests have their own source.
//
// Thread: one, the engine's. kUnavailable and kDisk are final for this object. A broker that is
// away for a while is not an error: poll() then returns no records.
class Source {
  public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    // Constant after opening; PartitionIndex counts in this order.
    virtual const std::vector<TopicPartition>& partitions() const = 0;

    // The next records. Everything that the previous call handed out becomes invalid. When the wait
    // is interrupted or nothing comes, the batch has no records but still has the states of the
    // partitions.
    virtual Result<RecordBatch> poll(const PollLimits& limits) = 0;

    // Stops reading a partition that ran too far ahead of the watermark, or resumes it.
    virtual void set_paused(PartitionIndex partition, bool paused) = 0;

    // Tells the source that these positions are on disk; Kafka shows them as the offsets of the
    // group. Never blocks for long. A broker error is logged, and the next call tries again.
    virtual void positions_are_durable(const std::vector<int64_t>& next_offsets) = 0;
};

}  // namespace spantoll::ingest
