#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rocksdb/file_system.h>

#include "schemas/error.h"

namespace spantoll::store {

// What is done about a write-ahead log that is damaged. A torn end, which is what a write that was
// cut short leaves, is left out in any case: nobody was told that it is on disk.
enum class WalRule : uint8_t {
    kGoesBack,  // to the commit before the damage: the state, which is read again from the log
    kRefuses,   // the topic: what was answered is nowhere else
    kAccepts,   // the topic, where a person has said so: what lies behind the damage is kept
};

// Where a file of a WAL ends within a batch, with no batch after it.
struct TornEnd {
    std::string path;
    uint64_t offset = 0;  // of the bytes that are no whole batch
};

struct WalFindings {
    // What recovery leaves out, in one phrase with file and byte; empty where all is whole.
    std::string left_out;
    bool is_damaged = false;  // and not just torn
    // Of the newest file that has something in it.
    std::optional<TornEnd> torn_end;
    // kAccepts: the batches behind damage, in their order.
    std::vector<std::string> behind;
};

// What to say of a WAL, or of tables, that cannot be read: `phrase`, and what to do about it.
std::string with_advice(const std::string& phrase, WalRule rule);

// Reads the files of the WAL of a database before RocksDB does, for RocksDB takes some damage for
// the end of a file, steps over it and says nothing. kDisk where the rule refuses what is found, or
// where reading fails.
Result<WalFindings> check_wal(rocksdb::FileSystem& file_system,
                              const std::string& path,
                              WalRule rule);

// The same for who writes: cuts off a torn end, and syncs. RocksDB would begin a new file and leave
// this one as it is; and where nothing whole stands before the torn end, it could not tell at a
// later start that the new file goes on from there, and would leave out all of it. Changes nothing
// where another process has the database open, which opening it then says. kDisk where it fails.
Result<WalFindings> mend_wal(rocksdb::FileSystem& file_system,
                             const std::string& path,
                             WalRule rule);

}  // namespace spantoll::store
