#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "store/column_families.h"
#include "store/database.h"

namespace spantoll::store {

// Looks rows of a family up whose keys mostly ascend: one that soon follows the last is stepped to,
// at a tenth of what a search costs. Sees what was written when it was made. Thread: one.
class RowFinder {
  public:
    RowFinder(Database& database, Family family);

    // No bytes where there is no such row, or where reading failed: health() tells. They hold until
    // the next call.
    std::string_view find(std::string_view key);

    // How many of the calls had to search.
    size_t searches() const { return searches_; }
    // kDisk where reading failed.
    Result<void> health() const;

  private:
    bool is_before(std::string_view key) const;

    const Database& database_;
    std::unique_ptr<rocksdb::Iterator> rows_;  // at the first row that is not before `last_`
    std::string last_;
    size_t searches_ = 0;
};

}  // namespace spantoll::store
