#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schemas/error.h"
#include "store/database/column_families.h"
#include "store/database/database.h"

namespace spantoll::store {

// A row of the cost or the rolling family as it is once what the journal has of it is added.
struct JournaledRow {
    Family family = Family::kCost;
    std::string key;
    std::string value;
};

// Every row that the journal adds to, each once, account after account. Empty where the
// journal is, which it is but between commits that could not wait. kDisk where a row cannot be
// understood or is not there.
Result<std::vector<JournaledRow>> journaled_rows(Database& database);

// Writes those rows and empties the journal, in one batch that is on disk when it returns; then
// begins to flush the two families, so that rows can be looked up. Before anything else is read of
// them. What fails of the flush later is found by Database::health().
Result<void> fold_journal(Database& database);

}  // namespace spantoll::store
