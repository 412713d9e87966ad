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

// `spantoll top`: who spent most, from a store that a processor may be running on. A table with the
// 24 h total, the month's total, the EMA and the level, and a line of how many spans met which
// fate; with `summary` only the latter, in a form that can be compared.
Result<void> top_command(const TopOptions& options);

}  // namespace spantoll::tools
