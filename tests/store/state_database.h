#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "schemas/check.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/files/disk_space.h"

namespace spantoll::store {

// The database of a state below a directory, without the store around it, with so much memory for
// what is written.
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

}  // namespace spantoll::store
