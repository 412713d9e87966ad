#include "store/database/open_tables.h"

#include <memory>
#include <string>

#include <rocksdb/metadata.h>

namespace spantoll::store {

rocksdb::Status open_tables(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family) {
    rocksdb::ColumnFamilyMetaData tables;
    db.GetColumnFamilyMetaData(&family, &tables);
    for (const rocksdb::LevelMetaData& level : tables.levels) {
        for (const rocksdb::SstFileMetaData& table : level.files) {
            const std::string end = table.largestkey + '\0';
            const rocksdb::Slice end_slice(end);
            rocksdb::ReadOptions options;
            options.ignore_range_deletions = true;
            options.fill_cache = false;
            options.iterate_upper_bound = &end_slice;
            const std::unique_ptr<rocksdb::Iterator> rows(db.NewIterator(options, &family));
            rows->Seek(table.smallestkey);
            if (!rows->status().ok()) {
                return rows->status();
            }
        }
    }
    return rocksdb::Status::OK();
}

}  // namespace spantoll::store
