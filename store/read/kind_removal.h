#pragma once

#include <string_view>

#include "schemas/error.h"
#include "store/database/database.h"

namespace spantoll::store {

// Removes every account of a kind that is configured no more, with its rows of periods, index,
// windows, rolling counters and streaks. Levels that hold stay: the engine that starts next finds
// nobody who holds them, releases them, so that whoever was told of a level is told of its end, and
// removes them.
//
// Written in parts, as there may be millions; a process that dies on the way begins again. The
// journal must have been added to the rows.
Result<void> remove_kind(Database& database, std::string_view kind);

}  // namespace spantoll::store
