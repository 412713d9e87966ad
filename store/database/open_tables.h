#pragma once

#include <rocksdb/db.h>

namespace spantoll::store {

// Opens every table of a family and keeps it open as far as RocksDB's own bound lets it; the status
// of the first that cannot be opened.
//
// For families in which ranges are deleted: an iterator of RocksDB 7.8 over one crashes in its
// destructor where it came upon a table that cannot be opened. Without regard to deleted ranges, as
// it is done here, it says so.
rocksdb::Status open_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family);

}  // namespace spantoll::store
