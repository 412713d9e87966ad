#pragma once

#include <cstdint>
#include <string>

#include <rocksdb/file_system.h>

namespace spantoll::store {

// The number that the newest file of a database's write-ahead log has at least, as its manifest
// says: 0 where there is no manifest, or none that can be read, which RocksDB says itself.
//
// RocksDB makes a file of the WAL before it writes the number of it, or of the one before it, into
// the manifest, and keeps the newest one always. So there is a file of this number or a later one,
// if the files are listed after this was called, also beside a process that writes.
uint64_t newest_wal_needed(rocksdb::FileSystem& file_system, const std::string& path);

}  // namespace spantoll::store
