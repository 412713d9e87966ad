#include "store/read/row_finder.h"

namespace spantoll::store {
namespace {

// So many steps cost as much as one search.
constexpr int kStepsMax = 8;

}  // namespace

RowFinder::RowFinder(Database& database, Family family)
    : database_(database),
      rows_(database.db().NewIterator(Database::point_reads(), database.family(index_of(family)))) {
}

Result<std::string_view> RowFinder::find(std::string_view key) {
    if (failed_.ok()) {
        go_to(key);
    }
    if (!failed_.ok()) {
        return database_.error("read", failed_);
    }
    const bool is_there = rows_->Valid() && rows_->key().ToStringView() == key;
    return is_there ? rows_->value().ToStringView() : std::string_view();
}

void RowFinder::go_to(std::string_view key) {
    const bool ascends = rows_->Valid() && key >= last_;
    for (int i = 0; ascends && i < kStepsMax && is_before(key); ++i) {
        rows_->Next();
    }
    if (!rows_->Valid()) {
        failed_ = rows_->status();
    }
    if (failed_.ok() && (!ascends || is_before(key))) {
        rows_->Seek(key);
        ++searches_;
    }
    if (!rows_->Valid()) {
        failed_ = rows_->status();
    }
    last_ = key;
}

bool RowFinder::is_before(std::string_view key) const {
    return rows_->Valid() && rows_->key().ToStringView() < key;
}

}  // namespace spantoll::store
