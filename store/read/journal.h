#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schemas/error.h"
#include "store/database/column_families.h"
#include "store/database/database.h"

namespace spantoll::store {

// A row of the cost or the rolling family, with what the journal has of it added.
struct JournaledRow {
    Family family = Family::kCost;
    std::string key;
    std::string value;
};

// Every row that the journal adds to, each once, account after account. None where the journal is
// empty, as it is unless the last commits could not wait. kDisk where a row cannot be understood or
// is missing.
Result<std::vector<JournaledRow>> journaled_rows(Database& database);

// Writes those rows and empties the journal, in one batch that is on disk when it returns; then
// begins to flush the two families, so that rows can be looked up. To be called before anything
// else of them is read. If the flush fails later, Database::health() says so.
Result<void> fold_journal(Database& database);

}  // namespace spantoll::store
