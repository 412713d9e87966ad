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
    size_t bytes_max = 1;  // stop adding records once over it
    int64_t wait_ms = 0;   // for the first record
};

// Where to go on from, and what the record before it looked like.
struct StartPosition {
    int64_t next_offset = 0;
    int64_t last_offset = -1;  // -1 = nothing read yet, `last` means nothing
    Fingerprint last;
};

// An ordered, partitioned log of records: Kafka, the embedded topic, or files. The seam between
// where bytes come from and the pipeline; a test has its own.
//
// Thread: one, the engine's. Errors: kUnavailable and kDisk are final for this object; a broker
// that is away for a while is not an error but a poll that brings nothing.
class Source {
  public:
    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    virtual ~Source() = default;

    // Constant after opening; PartitionIndex counts in this order.
    virtual const std::vector<TopicPartition>& partitions() const = 0;

    // The next records. What the previous call handed out is invalid from here on. An interrupted
    // or empty wait is a batch without records that still tells the partitions' states.
    virtual Result<RecordBatch> poll(const PollLimits& limits) = 0;

    // A partition that ran too far ahead of the watermark is not read until it is resumed.
    virtual void set_paused(PartitionIndex partition, bool paused) = 0;

    // These positions are on disk: Kafka shows them as the group's. Never blocks for long; an
    // error of the broker is logged and tried again with the next call.
    virtual void positions_are_durable(const std::vector<int64_t>& next_offsets) = 0;
};

}  // namespace spantoll::ingest
