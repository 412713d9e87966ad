#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/error.h"
#include "store/database/column_families.h"
#include "store/database/database.h"

namespace spantoll::store {

// Looks up rows of a family by keys that mostly ascend: a row that soon follows the last one is
// stepped to, which costs a tenth of a search. The family is one without deletions of ranges. Sees
// what was written when it was made. Thread: one.
class RowFinder {
  public:
    RowFinder(Database& database, Family family);

    // No bytes where there is no such row. They are valid until the next call. kDisk where reading
    // failed, and from then on: a row that cannot be read must not pass for one that is missing.
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
