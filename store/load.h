#pragma once

#include "store/database.h"
#include "store/store.h"
#include "store/store_memory.h"

namespace spantoll::store {

// Reads what the engine starts from. Only before anything is written, as it reads every family.
Result<LoadedState> load_state(Database& database, const StoreMemory& memory);

// As Store::load_levels().
Result<Store::Levels> load_levels(Database& database);

}  // namespace spantoll::store
