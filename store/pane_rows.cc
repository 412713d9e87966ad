#include "store/pane_rows.h"

#include "store/keys.h"

namespace spantoll::store {

Result<void> PaneRows::scan(int64_t pane, const Database::Row& row) {
    const std::string begin = pane_row_key(pane, 0);
    if (rows_ == nullptr) {
        rocksdb::ReadOptions options;
        options.fill_cache = false;  // each is read once
        rows_.reset(
            database_.db().NewIterator(options, database_.family(static_cast<size_t>(family_))));
        at_.clear();
    }
    if (begin != at_) {
        rows_->Seek(begin);
    }
    at_ = pane_row_key(pane + 1, 0);
    bool goes_on = true;
    while (goes_on && rows_->Valid() && rows_->key().ToStringView() < at_) {
        goes_on = row(rows_->key().ToStringView(), rows_->value().ToStringView());
        rows_->Next();
    }
    if (!goes_on) {
        at_.clear();
    }
    if (!rows_->status().ok()) {
        return database_.error("read", rows_->status());
    }
    return {};
}

}  // namespace spantoll::store
