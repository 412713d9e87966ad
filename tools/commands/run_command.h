#pragma once

#include <string>

#include "ingest/kafka/start.h"
#include "schemas/error.h"
#include "schemas/settings.h"

namespace spantoll::tools {

struct RunOptions {
    Settings settings;   // with what the command line said
    std::string config;  // the file that SIGHUP reads again; empty = none
    Settings file;       // what it said at the start
    ingest::GapPolicy gaps = ingest::GapPolicy::kRefuse;
};

// `spantoll run`: the processor as a service until it is asked to stop. The error says why it
// ended; everything committed stays.
Result<void> run(const RunOptions& options);

}  // namespace spantoll::tools
