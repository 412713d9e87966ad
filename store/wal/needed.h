#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <rocksdb/file_system.h>

namespace spantoll::store {

// The files of a database's write-ahead log that there must be, by their numbers, as its manifest
// says. Nothing where there is no manifest, or none that can be read, which RocksDB says itself.
struct WalsNeeded {
    // The newest file has at least this number. RocksDB makes a file of the WAL before it writes
    // the number of it, or of the one before it, into the manifest, and keeps the newest one
    // always. So there is a file of this number or a later one, if the files are listed after the
    // manifest was read, also beside a process that writes.
    uint64_t newest = 0;
    // Files that were whole and synced when the next one was begun, and have what no table has yet.
    // While another process writes, one of them may be removed as the files are listed.
    std::set<uint64_t> synced = {};
};
WalsNeeded wals_needed(rocksdb::FileSystem& file_system, const std::string& path);

}  // namespace spantoll::store
