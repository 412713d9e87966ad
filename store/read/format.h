#pragma once

#include <cstdint>

#include "store/codec/record_codec.h"
#include "store/database/database.h"
#include "store/database/options.h"

namespace spantoll::store {

// The version of everything in the store. It is raised when an older program would misread
// something.
// 2: rows of periods and of rolling windows are packed; there is a journal.
// 3: decisions are structured rows; every output has a position of its own.
// 4: windows have zones, starts and anchors, and their totals belong to the limits that began
//    together; limits may choose accounts, override amounts and leave out what failed; open periods
//    of short-lived accounts are in rows alone.
inline constexpr uint32_t kFormatVersion = 4;

// Reads META/FORMAT, or writes it into a new store. kConfig where it is newer than this program, or
// was made with another zone, or has kinds of accounts that `options` has neither configured nor
// dropped. Further kinds are added, without accounts. Other periods than before are accepted: the
// rows of open windows then move from WINDOW# to FEDCOST#, or the other way round.
Result<FormatRecord> migrate_format(Database& database, const StoreOptions& options);

// Changes nothing: kConfig where the store is newer, or where migrate_format() would have to change
// its kinds or periods. A new store may become anything.
Result<void> check_format(Database& database, const StoreOptions& options);

// kConfig where the store is newer.
Result<void> check_version(Database& database);

// META/FORMAT as it is; kConfig where it is newer, kUsage where there is none.
Result<FormatRecord> read_format(Database& database);

}  // namespace spantoll::store
