#include "store/files/private_directory.h"

#include <filesystem>
#include <sys/stat.h>

#include <fmt/format.h>

namespace spantoll::store {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr auto kOfDirectories = fs::perms::owner_all;
constexpr auto kOfFiles = fs::perms::owner_read | fs::perms::owner_write;

// Closes what an earlier program, or a restored backup, left open to others.
void close_files(const std::string& path, std::error_code& failed) {
    for (const auto& entry : fs::directory_iterator(path, failed)) {
        std::error_code gone;  // RocksDB's threads of a process that ends delete some
        if (entry.is_regular_file(gone)) {
            fs::permissions(entry.path(), kOfFiles, gone);
        }
    }
}

}  // namespace

Result<void> make_private_directory(const std::string& path) {
    ::umask(::umask(kOthers) | kOthers);
    std::error_code failed;
    fs::create_directories(path, failed);
    if (failed) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot make directory {}: {}", path, failed.message()));
    }
    fs::permissions(path, kOfDirectories, failed);
    if (!failed) {
        close_files(path, failed);
    }
    if (failed) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot keep {} from other users: {}: see that it belongs to "
                                   "this one",
                                   path,
                                   failed.message()));
    }
    return {};
}

}  // namespace spantoll::store
