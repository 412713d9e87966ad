#include "store/read/state_view.h"

#include <filesystem>

#include "store/database/column_families.h"
#include "store/files/disk_space.h"
#include "store/read/format.h"

namespace spantoll::store {

Result<std::unique_ptr<Database>> open_state_view(const std::string& directory) {
    const std::string path = directory + "/state";
    if (!std::filesystem::exists(path)) {
        return std::unique_ptr<Database>();
    }
    const Result<DiskSpace> space = DiskSpace::of(path);
    if (!space) {
        return tl::make_unexpected(space.error());
    }
    Result<std::unique_ptr<Database>> database = Database::open_view(
        {path, database_options(space->budget()), state_families(space->budget()), false, nullptr});
    if (!database) {
        return database;
    }
    if (const Result<FormatRecord> format = read_format(**database); !format) {
        return tl::make_unexpected(format.error());
    }
    return database;
}

}  // namespace spantoll::store
