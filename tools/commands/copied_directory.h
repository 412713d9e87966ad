#pragma once

#include <string>

#include "schemas/error.h"

namespace spantoll::tools {

// Copies a directory with all that is in it, for this user alone (0700, 0600), to a place that is
// not there yet; whole and on disk when it returns, else not there. kUsage: `to` is there already,
// or the directory above it is not. kDisk: something cannot be read or written.
Result<void> copy_directory(const std::string& from, const std::string& to);

}  // namespace spantoll::tools
