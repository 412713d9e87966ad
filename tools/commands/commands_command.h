#pragma once

#include <cstdint>
#include <string>

#include "schemas/error.h"

namespace spantoll::tools {

struct CommandsOptions {
    std::string data = "spantoll-data";
    uint64_t from = 1;
    bool is_json = false;
};

// `spantoll commands`: the log of commands of a data directory, which a processor may be running
// on.
Result<void> commands_command(const CommandsOptions& options);

}  // namespace spantoll::tools
