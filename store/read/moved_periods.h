#pragma once

#include <vector>

#include <rocksdb/write_batch.h>

#include "schemas/error.h"
#include "schemas/window_spec.h"
#include "store/database/database.h"

namespace spantoll::store {

// Which calendar windows have FEDCOST# rows, before and after.
struct PeriodsChange {
    std::vector<WindowKind> before;
    std::vector<WindowKind> after;
};

// Puts into `batch` what gives every open window its row under the key that it now belongs to:
//  - now configured: its WINDOW# row becomes a FEDCOST# row with its index row;
//  - no longer configured: a WINDOW# row beside the FEDCOST# row, which stays as it was. If no
//  limit
//    asks for the window, the row is left out of the next load once the window has ended.
// Only called before anything is written: reads `cost`.
Result<void> move_periods(Database& database,
                          const PeriodsChange& change,
                          rocksdb::WriteBatch& batch);

}  // namespace spantoll::store
