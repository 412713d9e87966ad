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

// What to do where the log does not go on from where the store stopped.
enum class GapPolicy { kRefuse, kAccept };

struct KafkaSourceOptions {
    KafkaSettings settings;
    // From the store; a partition that is not in it is read from its beginning.
    std::map<TopicPartition, StartPosition> positions;
    GapPolicy gaps = GapPolicy::kRefuse;
};

enum class Gap {
    kNone,
    kRemoved,       // the log's oldest record is newer than the position
    kEndsBefore,    // the log ends before the position
    kOtherRecords,  // the last record that was read is another one now
};

// What is known of a partition before it is read.
struct StartFacts {
    std::optional<StartPosition> stored;
    OffsetRange held;
    std::optional<FoundRecord> found;  // at or after stored->last_offset
};

// Pure. A last record that is no longer in the log (compacted away) speaks for nothing.
Gap judge_start(const StartFacts& facts);

// Where every partition is read from, and what is to be said about it.
struct KafkaStart {
    std::vector<TopicPartition> partitions;
    std::vector<int64_t> offsets;           // by partition
    std::vector<std::string> gaps;          // accepted ones, a line each, for the audit
    std::vector<std::string> behind_group;  // the store is behind the group's offset, a line each
    std::vector<std::string> topics_with_create_time;
};

// Asks the brokers. kConfig, in one line with every gap, unless they are accepted: then reading
// goes on after the gap (kRemoved), or with the first record that was appended after the last one
// read, as a log that was cut or made again holds newer records there; where the log has no
// append times, from its beginning.
Result<KafkaStart> plan_start(KafkaProbe& probe, const KafkaSourceOptions& options);

}  // namespace spantoll::ingest
