#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/rows.h"
#include "schemas/settings.h"

namespace rocksdb {
class FileSystem;
}

namespace spantoll::store {

struct StoreOptions {
    std::string directory;            // DIR/state lives below
    std::vector<WindowKind> periods;  // which windows have FEDCOST rows
    Zone zone;                        // of these windows; a store made with another is refused
    // The configured ones. Those that the store does not have are added; it is refused (kConfig)
    // where it has others, unless they are among the dropped ones, whose accounts go.
    std::vector<AccountKind> kinds;
    std::vector<std::string> dropped_kinds;
    std::vector<std::string> short_lived;  // further kinds of short-lived accounts
    RetentionSettings retention;
    uint64_t dedup_seed_if_new = 0;  // random, kept in META/FORMAT
    bool create_if_missing = true;
    std::shared_ptr<rocksdb::FileSystem> file_system;  // for tests of faults; null = the real one
};

}  // namespace spantoll::store
