#pragma once

#include <string>
#include <string_view>

#include <rocksdb/status.h>

namespace spantoll::store {

// Why RocksDB could not do something with the database at `path`, in one line: in its own words, or
// in better ones where its own do not give the name of the file at fault. `left_out` is what was
// found wrong with the write-ahead log before (WalFindings).
std::string reason_of(const rocksdb::Status& status,
                      const std::string& path,
                      const std::string& left_out);

// How such a reason ends where a file is missing.
inline constexpr std::string_view kIsMissing = " is missing";

}  // namespace spantoll::store
