#pragma once

#include <cstdint>

namespace spantoll::tools {

// What this process has taken from the machine.
struct ProcessUsage {
    int64_t cpu_ms = 0;           // user and system, all threads, since its start
    uint64_t resident_bytes = 0;  // memory now; 0 where the system does not tell
};

ProcessUsage process_usage();

}  // namespace spantoll::tools
