#include "tools/process/process_usage.h"

#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace spantoll::tools {

ProcessUsage process_usage() {
    const auto ms_of = [](const timeval& time) {
        return int64_t{time.tv_sec} * 1000 + time.tv_usec / 1000;
    };
    ProcessUsage usage;
    rusage taken{};
    if (getrusage(RUSAGE_SELF, &taken) == 0) {
        usage.cpu_ms = ms_of(taken.ru_utime) + ms_of(taken.ru_stime);
    }
    // proc(5): total and resident size, in pages.
    uint64_t total = 0;
    uint64_t resident = 0;
    if (std::ifstream("/proc/self/statm") >> total >> resident) {
        usage.resident_bytes = resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    }
    return usage;
}

}  // namespace spantoll::tools
