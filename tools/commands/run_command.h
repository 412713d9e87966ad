#pragma once

#include <string>
#include <vector>

#include "ingest/kafka/start.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

struct RunOptions {
    Settings settings;   // including the command line
    std::string config;  // the file that SIGHUP reloads; empty = none
    Settings file;       // the file as it was at the start
    ingest::GapPolicy gaps = ingest::GapPolicy::kRefuse;
    std::vector<std::string> dropped_kinds;  // whose accounts go; not in the settings
};

// `spantoll run`: runs the processor as a service until it is asked to stop. The error says why it
// ended; everything committed is kept.
Result<void> run(const RunOptions& options);

}  // namespace spantoll::tools
