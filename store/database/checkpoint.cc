#include "store/database/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/utilities/checkpoint.h>

#include "store/files/private_directory.h"
#include "store/wal/needed.h"

namespace spantoll::store {
namespace {

uint64_t newest_wal(const std::string& directory) {
    uint64_t newest = 0;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
        const std::string name = entry.path().filename();
        uint64_t number = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
        if (error == std::errc() && std::string_view(end) == ".log") {
            newest = std::max(newest, number);
        }
    }
    return newest;
}

// Everything was flushed before the copy was made, so the newest file of the write-ahead log may
// have nothing in it, and RocksDB leaves such a one out. A start takes a log that has lost its
// newest file for damage, and it is right: so the copy gets an empty one.
rocksdb::Status complete_wal(const std::string& directory) {
    rocksdb::FileSystem& files = *rocksdb::FileSystem::Default();
    const uint64_t needed = wals_needed(files, directory).newest;
    if (newest_wal(directory) >= needed) {
        return rocksdb::Status::OK();
    }
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status =
        files.NewWritableFile(fmt::format("{}/{:06}.log", directory, needed), {}, &file, nullptr);
    if (status.ok()) {
        status = file->Fsync({}, nullptr);
    }
    if (status.ok()) {
        status = file->Close({}, nullptr);
    }
    std::unique_ptr<rocksdb::FSDirectory> names;
    if (status.ok()) {
        status = files.NewDirectory(directory, {}, &names, nullptr);
    }
    return status.ok() ? rocksdb::Status(names->Fsync({}, nullptr)) : rocksdb::Status(status);
}

}  // namespace

Result<void> checkpoint(Database& database, const std::string& directory) {
    rocksdb::Checkpoint* made = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(&database.db(), &made);
    const std::unique_ptr<rocksdb::Checkpoint> copier(made);
    if (status.ok()) {
        status = copier->CreateCheckpoint(directory);
    }
    if (status.ok()) {
        status = complete_wal(directory);
    }
    return status.ok() ? make_private_directory(directory)
                       : Result<void>(database.error("copy to " + directory, status));
}

}  // namespace spantoll::store
