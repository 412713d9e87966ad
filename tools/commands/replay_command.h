#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ingest/kafka/replay.h"
#include "ingest/kafka/start.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// At the end of the input W stays where the spans put it, or moves to the largest accepted time.
enum class ReplayEnd { kStays, kCloses };

struct ReplayOptions {
    Settings settings;               // settings.data = the new directory
    std::vector<std::string> files;  // exactly one of files, kafka and from_data
    std::optional<ingest::KafkaReplayOptions> kafka;
    std::string from_data;             // data directory whose embedded topic is read from 0
    std::optional<int64_t> to_offset;  // and not as far as this; empty: to its end
    ingest::GapPolicy gaps = ingest::GapPolicy::kRefuse;  // where the log does not begin at 0
    // Commands to apply at their offsets: a data directory or a file of JSON lines. Empty: those of
    // `from_data`, if that is given.
    std::string commands;
    bool takes_commands = true;
    std::string decisions;  // file for the decisions; "-" = standard output
    ReplayEnd end = ReplayEnd::kStays;
};

// `spantoll replay`: plays a bounded input from its beginning into a new data directory. There is
// no idleness: the wall clock moves nothing. kUsage where the directory already holds a state,
// kConfig where records of the embedded topic are missing.
Result<void> replay(const ReplayOptions& options);

}  // namespace spantoll::tools
