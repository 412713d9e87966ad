#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "schemas/error.h"
#include "schemas/position.h"
#include "schemas/rows.h"

namespace spantoll::store {

// The records that a data directory's dead letters refuse as `crashed`, by partition and offset.
using CrashedRecords = std::set<std::pair<TopicPartition, int64_t>>;

// What a data directory's state says of the log that it was read from.
struct RecordsRead {
    CrashedRecords crashed;
    std::map<TopicPartition, OffsetRow> positions;
    std::string zone_release;  // of the time zone database it was last run with; empty: unknown
};

// Reads it beside the process that has the directory, if one has. A directory without a state has
// read nothing. Errors as store::dump.
Result<RecordsRead> read_records_read(const std::string& directory);

}  // namespace spantoll::store
