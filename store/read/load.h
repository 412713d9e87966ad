#pragma once

#include "store/database/database.h"
#include "store/database/store_counters.h"
#include "store/read/loaded_state.h"

namespace spantoll::store {

// Reads what the engine starts from. Only before anything is written, as it reads every family.
Result<LoadedState> load_state(Database& database, const StoreCounters& memory);

// As Store::load_levels().
Result<LoadedLevels> load_levels(Database& database);

}  // namespace spantoll::store
