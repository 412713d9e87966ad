#include "store/database/column_families.h"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/memtablerep.h>
#include <rocksdb/table.h>

#include "store/database/period_merge.h"

namespace spantoll::store {
namespace {

constexpr size_t kInfoLogBytes = 1 << 20;
constexpr size_t kInfoLogFiles = 2;
constexpr int kOpenFilesMax = 256;
constexpr int kWriteBuffersMax = 8;
constexpr size_t kManifestBytesMax = 8 << 20;
constexpr size_t kBlockCacheBytes = 8 << 20;
constexpr size_t kBlockBytes = 16 << 10;
constexpr uint64_t kSyncedBytes = 1 << 20;

std::shared_ptr<rocksdb::TableFactory> table_factory() {
    rocksdb::BlockBasedTableOptions table;
    // Rows are scanned at a start or looked up a few at a time: large blocks compress better, and a
    // small cache is enough.
    table.block_size = kBlockBytes;
    table.block_cache = rocksdb::NewLRUCache(kBlockCacheBytes);
    table.format_version = 5;
    return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

// A family that takes a row per account and commit, and that nothing reads while it is written.
rocksdb::ColumnFamilyOptions write_family(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions options = lookup_family(budget);
    // An append to a vector costs a fifth of an insert into a skiplist. The price: reading a live
    // memtable copies and sorts it, which takes tens of milliseconds.
    options.memtable_factory = std::make_shared<rocksdb::VectorRepFactory>();
    options.write_buffer_size = budget.buffer_bytes / 4;
    return options;
}

rocksdb::ColumnFamilyOptions cost_family(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions options = write_family(budget);
    // Late spans are added to the rows of ended periods without reading these rows.
    options.merge_operator = std::make_shared<PeriodMerge>();
    return options;
}

// Panes and dedup ids: written once, in order of time, removed in ranges from the old end.
rocksdb::ColumnFamilyOptions time_family(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions options = lookup_family(budget);
    options.write_buffer_size = budget.buffer_bytes / 4;
    return options;
}

rocksdb::ColumnFamilyOptions plain_family(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions options = time_family(budget);
    // Hashes do not compress, and rows that are soon deleted need not be compressed.
    options.compression = rocksdb::kNoCompression;
    return options;
}

rocksdb::ColumnFamilyOptions options_of(Family family, const DiskBudget& budget) {
    switch (family) {
        case Family::kCost:
            return cost_family(budget);
        case Family::kRolling:
            return write_family(budget);
        case Family::kPanes:
            return time_family(budget);
        case Family::kDedup:
        case Family::kJournal:
            return plain_family(budget);
        case Family::kMeta:
        case Family::kIndex:
        case Family::kEnforce:
        case Family::kOutbox:
        case Family::kDead:
        case Family::kDecisions:
            break;
    }
    return lookup_family(budget);
}

}  // namespace

rocksdb::ColumnFamilyOptions lookup_family(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions options;
    options.write_buffer_size = budget.buffer_bytes / 8;
    // db_write_buffer_size bounds all of them together; a commit must not wait for a flush because
    // one family has too many.
    options.max_write_buffer_number = kWriteBuffersMax;
    // Memtables take their memory in blocks of this size; the default is 1 MiB and more for each of
    // the families.
    options.arena_block_size = 64 << 10;
    options.compression = rocksdb::kLZ4Compression;
    // A compaction works on files of this size, so that it needs little room on a small disk.
    options.target_file_size_base = std::max<uint64_t>(budget.buffer_bytes / 4, 1 << 20);
    options.max_bytes_for_level_base = std::max<uint64_t>(budget.buffer_bytes, 4 << 20);
    options.table_factory = table_factory();
    return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> state_families(const DiskBudget& budget) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (size_t i = 0; i < kFamilyCount; ++i) {
        families.emplace_back(std::string(kFamilyNames[i]),
                              options_of(static_cast<Family>(i), budget));
    }
    share_block_cache(families);
    return families;
}

void share_block_cache(std::vector<rocksdb::ColumnFamilyDescriptor>& families) {
    for (rocksdb::ColumnFamilyDescriptor& family : families) {
        family.options.table_factory = families.front().options.table_factory;
    }
}

rocksdb::DBOptions database_options(const DiskBudget& budget) {
    rocksdb::DBOptions options;
    // VectorRepFactory cannot be written by several threads at once, and one thread writes.
    options.allow_concurrent_memtable_write = false;
    // Both bound what a restart replays: memtables of all families together, and the WAL that a
    // family without writes would keep alive.
    options.db_write_buffer_size = budget.buffer_bytes;
    options.max_total_wal_size = budget.buffer_bytes;
    // A start after a crash leaves to the threads of the background what they would do anyway.
    options.avoid_flush_during_recovery = true;
    // Torn by a crash: everything up to the first record that is not whole.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    // It is noticed when a file of the WAL is gone, or shorter than it was.
    options.track_and_verify_wals_in_manifest = true;
    // After a write that fails the engine starts again from the store, so
    // RocksDB must not repair itself unnoticed.
    options.max_bgerror_resume_count = 0;
    // A write that fails makes the database refuse every later one.
    options.paranoid_checks = true;
    // Bounds file descriptors and the memory of open tables.
    options.max_open_files = kOpenFilesMax;
    // One flush and one compaction beside the engine on a small machine.
    options.max_background_jobs = 2;
    // Spread writes of tables and WAL over time, so that an fsync finds little left to do.
    options.bytes_per_sync = kSyncedBytes;
    options.wal_bytes_per_sync = kSyncedBytes;
    // The list of files is rewritten before it takes long to read at a start.
    options.max_manifest_file_size = kManifestBytesMax;
    // Files are removed by a thread of RocksDB, not by the engine's.
    options.avoid_unnecessary_blocking_io = true;
    // Only for statistics that nobody reads.
    options.skip_stats_update_on_db_open = true;
    // Its own log is for its developers; ours says what an operator must know.
    options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    options.max_log_file_size = kInfoLogBytes;
    options.keep_log_file_num = kInfoLogFiles;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

}  // namespace spantoll::store
