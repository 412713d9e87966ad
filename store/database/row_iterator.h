#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "store/database/database.h"

namespace spantoll::store {

// The rows of a range, in order, as the database was when the iterator was made.
//
// RocksDB 7.8 loses an error where one of its iterators goes from a table to the next of its level
// and cannot read that one: what is left of the level is then passed over, as if it were not there.
// It happens where an iterator heeds deletions of ranges. So in a family without such deletions the
// iterator ignores them, and in a family with them it is made again at each table, because looking
// up a key does report the error. Thread: one.
class RowIterator {
  public:
    enum class Caching : uint8_t { kFillsCache, kReadsOnce };
    RowIterator(Database& database, Database::Range range, Caching caching = Caching::kReadsOnce);

    bool valid() const { return rows_->Valid(); }
    std::string_view key() const { return rows_->key().ToStringView(); }
    std::string_view value() const { return rows_->value().ToStringView(); }
    void next();
    // Why it is not valid: an error, or the end.
    rocksdb::Status status() const { return rows_->status(); }

  private:
    void begin_at(const std::string& key);
    void go_on();
    std::string next_table(const std::string& key) const;

    Database& database_;
    const Database::Range range_;
    rocksdb::ReadOptions options_;
    std::string end_;  // of what `rows_` walks over; empty: the end of the family
    rocksdb::Slice end_slice_;
    std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace spantoll::store
