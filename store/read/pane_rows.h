#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "schemas/error.h"
#include "schemas/event_time.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/database/row_iterator.h"

namespace spantoll::store {

// Rows of a family whose keys begin with a pane, mostly read pane after pane: a backlog closes many
// between two commits, and making an iterator costs several times what it then reads. Thread: one.
class PaneRows {
  public:
    PaneRows(Database& database, Family family) : database_(database), family_(family) {}

    // Calls `row` for the pane's rows in order until it returns false. Sees what was there at the
    // first call since forget(). kDisk where reading fails.
    Result<void> scan(Pane pane, const Database::Row& row);

    // Before anything is written: what is read next is to see it, and an iterator keeps memory and
    // files that were replaced.
    void forget() { rows_.reset(); }

  private:
    Database& database_;
    Family family_;
    std::unique_ptr<RowIterator> rows_;
    std::string at_;  // `rows_` stands at the first key that is not before this; empty: nowhere
};

}  // namespace spantoll::store
