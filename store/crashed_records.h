#pragma once

#include <set>
#include <string>
#include <utility>

#include "schemas/error.h"
#include "schemas/position.h"

namespace spantoll::store {

// The records that a data directory's dead letters refuse as `crashed`, by partition and offset.
using CrashedRecords = std::set<std::pair<TopicPartition, int64_t>>;

// Reads them beside the process that has the directory, if one has. A directory without a state has
// none. Errors as store::dump.
Result<CrashedRecords> read_crashed_records(const std::string& directory);

}  // namespace spantoll::store
