#pragma once

#include <rocksdb/merge_operator.h>

namespace spantoll::store {

// RocksDB merges what late spans add to an ended period onto its FEDCOST# row (add_to). The name is
// part of the format.
class PeriodMerge final : public rocksdb::AssociativeMergeOperator {
  public:
    bool Merge(const rocksdb::Slice& key,
               const rocksdb::Slice* existing,
               const rocksdb::Slice& more,
               std::string* merged,
               rocksdb::Logger* logger) const override;
    const char* Name() const override { return "spantoll.period.1"; }
};

}  // namespace spantoll::store
