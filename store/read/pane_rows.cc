#include "store/read/pane_rows.h"

#include "store/codec/keys.h"

namespace spantoll::store {

Result<void> PaneRows::scan(Pane pane, const Database::Row& row) {
    const std::string begin = pane_row_key(pane, 0);
    if (rows_ == nullptr || begin != at_) {
        rows_ =
            std::make_unique<RowIterator>(database_, Database::Range{index_of(family_), begin, {}});
    }
    at_ = pane_row_key(pane.next(), 0);
    bool goes_on = true;
    while (goes_on && rows_->valid() && rows_->key() < at_) {
        goes_on = row(rows_->key(), rows_->value());
        rows_->next();
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
