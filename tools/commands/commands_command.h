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

// `spantoll commands`: prints the log of commands in a data directory, even while a processor uses
// it.
Result<void> commands_command(const CommandsOptions& options);

}  // namespace spantoll::tools
