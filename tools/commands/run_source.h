#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingest/kafka/source.h"
#include "schemas/clock.h"
#include "store/store.h"
#include "store/topic/log.h"
#include "tools/commands/run_command.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/embedded_source.h"

namespace spantoll::tools {

// The input of `run`: its embedded topic, or Kafka.
struct RunSource {
    std::unique_ptr<store::TopicLog> log;  // of the embedded topic; outlives the source
    std::unique_ptr<ingest::Source> source;
    ingest::KafkaSource* kafka = nullptr;  // points to `source`; one of the two is set
    EmbeddedSource* embedded = nullptr;
    std::vector<int64_t> start_offsets;  // by PartitionIndex
    std::vector<std::string> gaps;       // the accepted ones, a line each
};

// Opens the input where the store stopped, and logs anything odd about it. kConfig, with the
// numbers, where the log does not continue from there and options.gaps does not accept that.
Result<RunSource> open_run_source(const RunOptions& options,
                                  const store::LoadedState& state,
                                  Clock& clock);

// Moves the positions of the engine behind the accepted gaps, and writes audit rows.
Result<void> write_gaps(const RunSource& source, Engine& engine, store::Store& store, Clock& clock);

// Writes an audit row for each gap, and a line in the log.
Result<void> audit_gaps(const std::vector<std::string>& gaps, store::Store& store, Clock& clock);

}  // namespace spantoll::tools
