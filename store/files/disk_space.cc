#include "store/files/disk_space.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <utility>

#include <fmt/format.h>

namespace spantoll::store {
namespace {

Result<struct statvfs> ask(const std::string& directory) {
    struct statvfs answer {};
    if (statvfs(directory.c_str(), &answer) != 0) {
        return failure(
            ErrorKind::kDisk,
            fmt::format("cannot see the file system of {}: {}", directory, std::strerror(errno)));
    }
    return answer;
}

}  // namespace

DiskBudget disk_budget(uint64_t file_system_bytes) {
    const uint64_t buffers =
        std::clamp(file_system_bytes / kBufferPart, kBufferBytesMin, kBufferBytesMax);
    return {buffers, std::min(kReserveBuffers * buffers, file_system_bytes / 2)};
}

DiskSpace::DiskSpace(std::string directory, std::string existing, DiskBudget budget)
    : directory_(std::move(directory)), existing_(std::move(existing)), budget_(budget) {}

Result<DiskSpace> DiskSpace::of(const std::string& directory) {
    std::error_code ignored;
    std::filesystem::path existing = std::filesystem::absolute(directory, ignored);
    while (!std::filesystem::exists(existing, ignored) && existing.has_relative_path()) {
        existing = existing.parent_path();
    }
    return ask(existing).map([&](const struct statvfs& answer) {
        return DiskSpace(directory, existing, disk_budget(answer.f_blocks * answer.f_frsize));
    });
}

Result<void> DiskSpace::check_room() const {
    rlimit files{};
    if (getrlimit(RLIMIT_FSIZE, &files) == 0 && files.rlim_cur < kFileBytesNeeded) {
        return failure(ErrorKind::kDisk,
                       fmt::format("files may grow to {} bytes only (ulimit -f), which breaks the "
                                   "store when one gets there: File too large; allow {} MiB and "
                                   "more",
                                   files.rlim_cur,
                                   kFileBytesNeeded >> 20));
    }
    const Result<struct statvfs> answer = ask(existing_);
    if (!answer) {
        return tl::make_unexpected(answer.error());
    }
    const uint64_t free_bytes = answer->f_bavail * answer->f_frsize;
    if (free_bytes >= budget_.reserve_bytes) {
        return {};
    }
    return failure(ErrorKind::kDisk,
                   fmt::format("no space left on {} ({} MiB free, {} MiB are needed to write "
                               "safely): free some and start again; nothing is lost",
                               directory_,
                               free_bytes >> 20,
                               (budget_.reserve_bytes + (1 << 20) - 1) >> 20));
}

}  // namespace spantoll::store
