#include "store/database/row_iterator.h"

#include <algorithm>
#include <utility>

#include <rocksdb/metadata.h>

namespace spantoll::store {

RowIterator::RowIterator(Database& database, Database::Range range, Caching caching)
    : database_(database), range_(std::move(range)) {
    options_.fill_cache = caching == Caching::kFillsCache;
    begin_at(range_.begin);
    go_on();
}

void RowIterator::next() {
    rows_->Next();
    go_on();
}

// Into the next table, where there is one.
void RowIterator::go_on() {
    while (!rows_->Valid() && rows_->status().ok() && end_ != range_.end) {
        begin_at(std::string(end_));
    }
}

void RowIterator::begin_at(const std::string& key) {
    options_.ignore_range_deletions = !database_.deletes_ranges(range_.family);
    std::string end;
    do {
        end_ = options_.ignore_range_deletions ? range_.end : next_table(key);
        end_slice_ = end_;
        options_.iterate_upper_bound = end_.empty() ? nullptr : &end_slice_;
        rows_.reset(database_.db().NewIterator(options_, database_.family(range_.family)));
        // A compaction may have made other tables in between.
        end = options_.ignore_range_deletions ? range_.end : next_table(key);
    } while (end != end_);
    rows_->Seek(key);
}

// The least first key of a table behind `key`; where there is none, the end of the range.
std::string RowIterator::next_table(const std::string& key) const {
    rocksdb::ColumnFamilyMetaData family;
    database_.db().GetColumnFamilyMetaData(database_.family(range_.family), &family);
    std::string least = range_.end;
    for (const rocksdb::LevelMetaData& level : family.levels) {
        for (const rocksdb::SstFileMetaData& table : level.files) {
            if (table.smallestkey > key && (least.empty() || table.smallestkey < least)) {
                least = table.smallestkey;
            }
        }
    }
    return least;
}

}  // namespace spantoll::store
