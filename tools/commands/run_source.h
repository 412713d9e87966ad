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

// What `run` reads: its embedded topic, or Kafka.
struct RunSource {
    std::unique_ptr<store::TopicLog> log;  // of the embedded topic; first, as the source reads it
    std::unique_ptr<ingest::Source> source;
    ingest::KafkaSource* kafka = nullptr;  // borrowed from `source`, the one that it is
    EmbeddedSource* embedded = nullptr;
    std::vector<int64_t> start_offsets;  // by PartitionIndex
    std::vector<std::string> gaps;       // that were accepted, a line each
};

// Opens it where the store stopped, and says what is odd about it. kConfig, with the numbers, where
// the log does not go on from there and options.gaps does not accept it.
Result<RunSource> open_run_source(const RunOptions& options,
                                  const store::LoadedState& state,
                                  Clock& clock);

// Where gaps were accepted: moves the engine's positions behind them, and leaves audit rows.
Result<void> write_gaps(const RunSource& source, Engine& engine, store::Store& store, Clock& clock);

// An audit row for each gap, and a line in the log.
Result<void> audit_gaps(const std::vector<std::string>& gaps, store::Store& store, Clock& clock);

}  // namespace spantoll::tools
