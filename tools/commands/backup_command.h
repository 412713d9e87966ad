#pragma once

#include <string>

#include "schemas/error.h"
#include "tools/client/http_client.h"

namespace spantoll::tools {

struct BackupOptions {
    std::string directory;
    std::string url = "http://127.0.0.1:8620";
    ClientFiles files;
};

// `spantoll backup DIR`: asks the processor for a copy of itself and takes it from its data
// directory to DIR. On its machine, as its user or as root. Prints what the copy says of itself.
Result<void> backup_command(const BackupOptions& options);

struct RestoreOptions {
    std::string directory;
    std::string data;
};

// `spantoll restore DIR --data NEWDIR`: a data directory from a backup, all of whose blocks are
// read once. Prints its digest.
Result<void> restore_command(const RestoreOptions& options);

}  // namespace spantoll::tools
