#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "schemas/check.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/files/disk_space.h"

namespace spantoll::store {

// The database of a state below a directory, without the store around it, and with this much memory
// for what is written.
inline std::unique_ptr<Database> open_state_database(const std::string& directory,
                                                     uint64_t buffer_bytes = kBufferBytesMin) {
    const DiskBudget budget{buffer_bytes, 0};
    DatabaseSetup setup;
    setup.path = directory + "/state";
    setup.options = database_options(budget);
    setup.families = state_families(budget);
    setup.range_deleted = range_deleted_families();
    Result<std::unique_ptr<Database>> database = Database::open(setup);
    CHECK(database, "a database can be made where temporary files live");
    return std::move(*database);
}

// Copies what is in `from`, as it would be if the process were killed now. RocksDB's threads may
// remove a file that is no longer needed while the files are copied: then they are copied again.
inline void copy_as_killed(const std::string& from, const std::string& to) {
    constexpr int kTriesMax = 100;
    std::error_code failed = std::make_error_code(std::errc::no_such_file_or_directory);
    for (int i = 0; i < kTriesMax && failed; ++i) {
        std::filesystem::remove_all(to);
        std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, failed);
    }
    CHECK(!failed, "a directory can be copied where temporary files live");
}

}  // namespace spantoll::store
