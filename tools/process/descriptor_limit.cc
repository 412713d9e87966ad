#include "tools/process/descriptor_limit.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

namespace spantoll::tools {

void raise_descriptor_limit() {
    constexpr rlim_t kDescriptors = 8'192;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kDescriptors) {
        return;
    }
    limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < kDescriptors) {
        spdlog::warn(
            "only {} file descriptors are allowed (ulimit -n); with many connections {} are needed",
            limit.rlim_cur,
            kDescriptors);
    }
}

}  // namespace spantoll::tools
