#pragma once

#include <vector>

#include <rocksdb/write_batch.h>

#include "schemas/account.h"
#include "schemas/error.h"
#include "schemas/window_spec.h"
#include "store/database/database.h"

namespace spantoll::store {

// Which calendar windows have FEDCOST# rows, before and after.
struct PeriodsChange {
    std::vector<WindowSpec> before;
    std::vector<WindowSpec> after;
    AccountKinds kinds;  // of short-lived accounts nothing moves: their windows are limits' own
};

// Puts into `batch` the rows that give every open window its totals under the key it now belongs
// to. A window that is configured now: its WINDOW# row becomes a FEDCOST# row with an index row,
// those of limits that began later stay.
// One that is no longer configured gets a WINDOW# row; its FEDCOST# row stays as it was. Such a
// WINDOW# row is left out of the next load once the window has ended, unless a limit asks for it.
// Call it before anything is written: it reads `cost`.
Result<void> migrate_periods(Database& database,
                             const PeriodsChange& change,
                             rocksdb::WriteBatch& batch);

}  // namespace spantoll::store
