#include "store/database/checkpoint.h"

#include <memory>

#include <fmt/format.h>
#include <rocksdb/utilities/checkpoint.h>

#include "store/files/private_directory.h"

namespace spantoll::store {

Result<void> checkpoint(Database& database, const std::string& directory) {
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(&database.db(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> copier(made);
    if (status.ok()) {
        status = copier->CreateCheckpoint(directory);
    }
    return status.ok() ? make_private_directory(directory)
                       : Result<void>(database.error("copy to " + directory, status));
}

}  // namespace spantoll::store
