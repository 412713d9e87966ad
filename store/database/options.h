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
    std::vector<AccountKind> kinds;   // a store made with others is refused (kConfig)
    RetentionSettings retention;
    uint64_t dedup_seed_if_new = 0;  // random, kept in META/FORMAT
    bool create_if_missing = true;
    std::shared_ptr<rocksdb::FileSystem> file_system;  // for tests of faults; null = the real one
};

}  // namespace spantoll::store
