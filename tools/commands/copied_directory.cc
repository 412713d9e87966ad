#include "tools/commands/copied_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

namespace fs = std::filesystem;

constexpr auto kOfFiles = fs::perms::owner_read | fs::perms::owner_write;

tl::unexpected<Error> cannot(std::string_view what,
                             const fs::path& path,
                             const std::error_code& why) {
    return failure(ErrorKind::kDisk,
                   fmt::format("cannot {} {}: {}", what, path.string(), why.message()));
}

// A file, or the names in a directory.
Result<void> sync_path(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool is_done = descriptor >= 0 && ::fsync(descriptor) == 0;
    const std::error_code why(errno, std::generic_category());
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    return is_done ? Result<void>() : Result<void>(cannot("write to disk", path, why));
}

Result<void> copy_one(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    fs::copy_file(from, to, failed);
    if (failed) {
        return cannot("copy", from, failed);
    }
    fs::permissions(to, kOfFiles, failed);
    return failed ? Result<void>(cannot("close to others", to, failed)) : sync_path(to);
}

Result<void> copy_all(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    fs::create_directory(to, failed);
    if (!failed) {
        fs::permissions(to, fs::perms::owner_all, failed);
    }
    if (failed) {
        return cannot("make", to, failed);
    }
    fs::directory_iterator entries(from, failed);
    if (failed) {
        return cannot("read", from, failed);
    }
    for (const fs::directory_entry& entry : entries) {
        const fs::path place = to / entry.path().filename();
        Result<void> copied = entry.is_directory(failed) ? copy_all(entry.path(), place)
                                                         : copy_one(entry.path(), place);
        if (!copied) {
            return copied;
        }
    }
    return sync_path(to);
}

}  // namespace

Result<void> copy_directory(const std::string& from, const std::string& to) {
    std::error_code failed;
    fs::path place = fs::absolute(to, failed).lexically_normal();
    if (place.filename().empty()) {  // a slash at the end
        place = place.parent_path();
    }
    const fs::path unfinished = place.string() + ".unfinished";
    for (const fs::path& path : {place, unfinished}) {
        if (fs::exists(path, failed)) {
            return failure(ErrorKind::kUsage,
                           fmt::format("{} is there already: remove it, or name another place",
                                       path.string()));
        }
    }
    if (!fs::is_directory(place.parent_path(), failed)) {
        return failure(ErrorKind::kUsage,
                       fmt::format("{} is not there: make it first", place.parent_path().string()));
    }
    Result<void> copied = copy_all(from, unfinished);
    if (copied) {
        fs::rename(unfinished, place, failed);
        copied = failed ? Result<void>(cannot("give its name to", place, failed))
                        : sync_path(place.parent_path());
    }
    if (!copied) {
        std::error_code ignored;
        fs::remove_all(unfinished, ignored);
    }
    return copied;
}

}  // namespace spantoll::tools
