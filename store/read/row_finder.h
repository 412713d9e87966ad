#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "store/database/column_families.h"
#include "store/database/database.h"

namespace spantoll::store {

// Looks rows of a family up whose keys mostly ascend: one that soon follows the last is stepped to,
// at a tenth of what a search costs. The family is one without deletions of ranges. Sees what was
// written when it was made. Thread: one.
class RowFinder {
  public:
    RowFinder(Database& database, Family family);

    // No bytes where there is no such row. They hold until the next call. kDisk where reading
    // failed, and from then on: a row that cannot be read is never one that is not there.
    Result<std::string_view> find(std::string_view key);

    // How many of the calls had to search.
    size_t searches() const { return searches_; }

  private:
    bool is_before(std::string_view key) const;
    void go_to(std::string_view key);

    const Database& database_;
    std::unique_ptr<rocksdb::Iterator> rows_;  // at the first row that is not before `last_`
    rocksdb::Status failed_;  // the first failure: a later search clears the iterator's own
    std::string last_;
    size_t searches_ = 0;
};

}  // namespace spantoll::store
