#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include "schemas/error.h"
#include "store/wal/check.h"

namespace spantoll::store {

struct DatabaseSetup {
    std::string path;
    rocksdb::DBOptions options;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;  // the first is `default`
    bool create_if_missing = true;
    std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  // null = the real one
    WalRule wal_rule = WalRule::kGoesBack;
    std::vector<size_t> range_deleted = {};  // families in which ranges of keys are deleted
};

// An open RocksDB with its families, in RAII. Errors: kBusy where another process has it, kUsage
// where there is none and none may be made, kConfig where it has families that this program does
// not know (a newer format), else kDisk.
class Database {
  public:
    static Result<std::unique_ptr<Database>> open(const DatabaseSetup& setup);

    // A read-only view of what a process, running or not, has written when this is called. It
    // recovers as open() does, in memory: nothing is written anywhere.
    static Result<std::unique_ptr<Database>> open_view(const DatabaseSetup& setup);

    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    rocksdb::DB& db() { return *db_; }
    rocksdb::ColumnFamilyHandle* family(size_t index) { return handles_[index]; }
    // False for the last families of `setup` in a view of a store that is older than they are.
    bool has_family(size_t index) const { return index < handles_.size(); }

    // See RowIterator.
    bool deletes_ranges(size_t index) const;
    // For an iterator of its own over a family without deletions of ranges.
    static rocksdb::ReadOptions point_reads();

    // What opening left out of the WAL.
    const WalFindings& wal_findings() const { return findings_; }

    // kDisk once a flush or a compaction has failed in the background.
    Result<void> health() const;

    // Calls `row` for the keys in [begin, end) in order until it returns false; an empty `end` is
    // the end of the family. kDisk where reading fails.
    using Row = std::function<bool(std::string_view key, std::string_view value)>;
    struct Range {
        size_t family = 0;
        std::string begin;
        std::string end;
    };
    Result<void> scan(const Range& range, const Row& row);

    // Begins to write every memtable into tables, so that the WAL so far can be removed. A later
    // failure shows in health().
    Result<void> begin_flush();
    // The same, and waits.
    Result<void> flush();

    // kDisk with one line: what could not be done, where, and RocksDB's reason.
    tl::unexpected<Error> error(std::string_view what, const rocksdb::Status& status) const;

  private:
    class Listener;
    explicit Database(const DatabaseSetup& setup);
    static Result<std::unique_ptr<Database>> try_view(const DatabaseSetup& setup);
    using WalCheck = std::function<decltype(store::check_wal)>;
    Result<void> check_wal(const WalCheck& check);
    Result<void> write_behind();
    Result<void> open_tables();
    Result<void> flush(rocksdb::FlushOptions options);
    static std::vector<rocksdb::ColumnFamilyDescriptor> families_there(const DatabaseSetup& setup);
    rocksdb::Env* env();
    void accept_damage(rocksdb::DBOptions& options) const;

    // In this order, because the last is destroyed first.
    std::string path_;
    WalRule wal_rule_;
    std::vector<size_t> range_deleted_;
    WalFindings findings_;
    std::unique_ptr<rocksdb::Env> env_;
    std::shared_ptr<Listener> listener_;
    std::unique_ptr<rocksdb::DB> db_;
    std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace spantoll::store
