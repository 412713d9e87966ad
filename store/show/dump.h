#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/error.h"

namespace rocksdb {
class FileSystem;
}

namespace spantoll::store {

struct DumpOptions {
    std::string directory;  // the data directory; a process may be running on it
    std::string prefix;     // only keys that begin with it
    bool all = false;       // internal rows too (panes, dedup, limits, decision log ...)
    std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  // for tests of faults
};

// Calls `row(key, record_json)` for every row in order of key bytes, as of C: what a running
// processor has committed when the call began. It recovers as a start would, in memory: nothing
// of the data directory is written. ROLLING rows are brought to C (as_of_ms, EMA) on the way.
Result<void> dump(const DumpOptions& options,
                  const std::function<void(std::string_view key, std::string_view json)>& row);

// SHA-256, lower-case hex, over the lines {"key":..,"record":..}\n of dump, without META/FORMAT,
// OUTBOX, DEAD and internal rows.
Result<std::string> digest(const std::string& directory);

// Line as printed by `dump --format json`, without the LF.
std::string dump_line(std::string_view key, std::string_view record_json);

}  // namespace spantoll::store
