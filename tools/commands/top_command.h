#pragma once

#include <cstdint>
#include <string>

#include "schemas/error.h"

namespace spantoll::tools {

// The arguments of `spantoll top`.
struct TopOptions {
    std::string data = "spantoll-data";  // --data DIR
    uint64_t count = 15;                 // --count N
    std::string kind;                    // --kind K: only accounts of this kind
    bool summary = false;                // --summary: one line of totals and no table
};

// `spantoll top`: shows who spent most in a store, even while a processor uses it. Prints a table
// with the 24 h total, the total of the month, the EMA and the level, and a line that says how many
// spans were accepted, late, duplicate or refused. With `summary` it prints only that line, in a
// form that can be compared.
Result<void> top_command(const TopOptions& options);

}  // namespace spantoll::tools
