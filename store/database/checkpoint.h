#pragma once

#include <string>

#include "schemas/error.h"
#include "store/database/database.h"

namespace spantoll::store {

// A copy of all that was written before this was called, in a new directory whose parent is there:
// tables as links where the file system can, else as copies. It is a database like the first one,
// and on disk when it returns. kDisk where that fails, which does the first one no harm.
Result<void> checkpoint(Database& database, const std::string& directory);

}  // namespace spantoll::store
