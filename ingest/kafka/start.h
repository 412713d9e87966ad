#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ingest/kafka/probe.h"
#include "ingest/source.h"
#include "schemas/error.h"
#include "schemas/position.h"
#include "schemas/settings.h"

namespace spantoll::ingest {

// What to do where the log does not continue from where the store stopped.
enum class GapPolicy { kRefuse, kAccept };

struct KafkaSourceOptions {
    KafkaSettings settings;
    // From the store. A partition that is not listed is read from its beginning.
    std::map<TopicPartition, StartPosition> positions;
    GapPolicy gaps = GapPolicy::kRefuse;
};

enum class Gap {
    kNone,
    kRemoved,       // the log's oldest record is newer than the position
    kEndsBefore,    // the log ends before the position
    kOtherRecords,  // the last record read has been replaced by another
};

// What is known about a partition before it is read.
struct StartFacts {
    std::optional<StartPosition> stored;
    OffsetRange held;
    std::optional<FoundRecord> found;  // at or after stored->last_offset
};

// Pure. Where the last record is no longer in the log (compacted away), it proves nothing.
Gap judge_start(const StartFacts& facts);

// Where to start reading every partition, and what to report about it.
struct KafkaStart {
    std::vector<TopicPartition> partitions;
    std::vector<int64_t> offsets;           // by partition
    std::vector<std::string> gaps;          // the accepted gaps, a line each, for the audit
    std::vector<std::string> behind_group;  // the store is behind the group's offset, a line each
    std::vector<std::string> topics_with_create_time;
};

// Asks the brokers. kConfig, with every gap in one line, unless gaps are accepted. Then reading
// continues after a kRemoved gap; after any other gap with the first record that was appended after
// the last one read, because a log that was cut or made again holds newer records there. A log
// without append times is read from its beginning.
Result<KafkaStart> plan_start(KafkaProbe& probe, const KafkaSourceOptions& options);

}  // namespace spantoll::ingest
