#pragma once

#include <memory>
#include <string>

#include "schemas/error.h"
#include "store/database/database.h"

namespace spantoll::store {

// A view of the state in a data directory, beside the process that has it, if one has. Null where
// the directory has no state. Errors as store::dump.
Result<std::unique_ptr<Database>> open_state_view(const std::string& directory);

}  // namespace spantoll::store
