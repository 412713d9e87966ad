#pragma once

#include "schemas/settings.h"
#include "store/store.h"
#include "tools/commands/run_source.h"

namespace spantoll::tools {

// Says in the log what `run` goes on with: which source, from where, after how much.
void log_start(const Settings& settings,
               const store::Store& store,
               const RunSource& source,
               const store::LoadedState& loaded);

}  // namespace spantoll::tools
