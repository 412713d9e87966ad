#include "store/read/state_view.h"

#include <filesystem>

#include "store/database/column_families.h"
#include "store/files/disk_space.h"
#include "store/read/format.h"

namespace spantoll::store {

namespace {

std::string state_path(const std::string& directory) {
    return directory + "/state";
}

}  // namespace

bool has_state(const std::string& directory) {
    return std::filesystem::exists(state_path(directory));
}

Result<std::unique_ptr<Database>> open_state_view(
    const std::string& directory, const std::shared_ptr<rocksdb::FileSystem>& file_system) {
    const std::string path = state_path(directory);
    const Result<DiskSpace> space = DiskSpace::of(path);
    if (!space) {
        return tl::make_unexpected(space.error());
    }
    Result<std::unique_ptr<Database>> database =
        Database::open_view({path,
                             database_options(space->budget()),
                             state_families(space->budget()),
                             false,
                             file_system,
                             WalRule::kGoesBack,
                             range_deleted_families()});
    if (!database) {
        return database;
    }
    if (const Result<FormatRecord> format = read_format(**database); !format) {
        return tl::make_unexpected(format.error());
    }
    return database;
}

}  // namespace spantoll::store
