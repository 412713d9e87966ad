#pragma once

#include <memory>
#include <string>

#include "schemas/error.h"
#include "store/database/database.h"

namespace spantoll::store {

// Whether a data directory has a state at all.
bool has_state(const std::string& directory);

// A view of the state in a data directory, beside the process that has it, if one has. Errors as
// Database::open_view; kConfig where the format is newer. `file_system`: null = the real one.
Result<std::unique_ptr<Database>> open_state_view(
    const std::string& directory,
    const std::shared_ptr<rocksdb::FileSystem>& file_system = nullptr);

}  // namespace spantoll::store
