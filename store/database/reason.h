#pragma once

#include <string>
#include <string_view>

#include <rocksdb/status.h>

namespace spantoll::store {

// Why RocksDB could not do something with the database at `path`, in one line: its own words, or
// better ones where these do not name the file at fault, or not by its name. `left_out` is what was
// found wrong with the write-ahead log before (WalFindings).
std::string reason_of(const rocksdb::Status& status,
                      const std::string& path,
                      const std::string& left_out);

// What such a reason ends with where a file is not there.
inline constexpr std::string_view kIsMissing = " is missing";

}  // namespace spantoll::store
