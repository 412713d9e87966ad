#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "store/codec/stored_rows.h"
#include "store/database/database.h"

namespace spantoll::store {

// At most `max` rows from `first` on.
struct SequenceRange {
    uint64_t first = 0;
    size_t max = 0;
};

// OUTBOX# rows, each with what it stands for. A dead letter whose row is gone is left out.
Result<std::vector<OutboxEntry>> read_outbox_rows(Database& database, const SequenceRange& range);

// DECISION# rows. Any thread.
Result<std::vector<StoredDecision>> read_decision_rows(Database& database,
                                                       const SequenceRange& range);

}  // namespace spantoll::store
