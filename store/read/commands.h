#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "schemas/control/command.h"
#include "schemas/error.h"
#include "store/database/database.h"
#include "store/read/outbox.h"

namespace spantoll::store {

// COMMAND# rows in the order of their numbers. Any thread.
Result<std::vector<Command>> read_command_rows(Database& database, const SequenceRange& range);

// META/COMMANDS; that of a store without commands where there is none.
Result<CommandPosition> read_command_position(Database& database);

// The commands of a data directory from a number on, beside the process that has it, if one has.
// `take` returns false where it has enough. Errors as store::dump.
Result<void> visit_commands(const std::string& directory,
                            uint64_t from,
                            const std::function<bool(const Command&)>& take);

}  // namespace spantoll::store
