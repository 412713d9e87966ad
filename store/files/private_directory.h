#pragma once

#include <string>

#include "schemas/error.h"

namespace spantoll::store {

// Makes the directory of a database, or takes over one that is there, for this user alone: 0700,
// its files 0600, also those that RocksDB's threads write later, for which the umask of the process
// is set. Names, spend and whole records are in them. The directory above is made private only
// where it is made here: one that somebody else made may be shared. kDisk where that fails.
Result<void> make_private_directory(const std::string& path);

}  // namespace spantoll::store
