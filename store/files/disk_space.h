#pragma once

#include <cstdint>
#include <string>

#include "schemas/error.h"

namespace spantoll::store {

// How much memory and disk a database may use for work in flight, by the size of its file system:
// Debian's librocksdb may abort where a flush or compaction meets a full disk, so writing stops
// before that.
struct DiskBudget {
    uint64_t buffer_bytes = 0;   // memtables of all families together, and WAL to replay at a start
    uint64_t reserve_bytes = 0;  // free space under which nothing more is written
};

// 24 MiB of memtables are nearly two commits of a million spans and 25,000 accounts between
// flushes, and their WAL is replayed in a quarter of a second; twice as much was no faster. On a
// disk under 768 MiB a thirty-second part of it.
inline constexpr uint64_t kBufferBytesMax = 24ULL << 20;
inline constexpr uint64_t kBufferBytesMin = 1ULL << 20;
inline constexpr uint64_t kBufferPart = 32;
// A flush of every memtable, the WAL written meanwhile, and a compaction of level 0 (as much again)
// with level 1 (of the same size): four times the memtables. 8 MiB of 64 MiB, 96 MiB at most.
inline constexpr uint64_t kReserveBuffers = 4;
// The same holds for a file that may not grow (`ulimit -f`). A manifest is begun anew at 1 GiB;
// tables and WAL are far smaller.
inline constexpr uint64_t kFileBytesNeeded = 1ULL << 30;

DiskBudget disk_budget(uint64_t file_system_bytes);

// One database's view of its file system. Asks statvfs, which takes about a microsecond.
class DiskSpace {
  public:
    // `directory` may be missing yet: its nearest parent that exists tells the file system.
    static Result<DiskSpace> of(const std::string& directory);
    const DiskBudget& budget() const { return budget_; }
    // kDisk with one line where less than the reserve is free, or files may not grow.
    Result<void> check_room() const;

  private:
    DiskSpace(std::string directory, std::string existing, DiskBudget budget);

    // Constant after construction.
    std::string directory_;  // as the operator knows it
    std::string existing_;   // it, or its nearest parent that existed
    DiskBudget budget_;
};

}  // namespace spantoll::store
