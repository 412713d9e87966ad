#pragma once

#include <cstdint>
#include <vector>

#include <rocksdb/db.h>

#include "store/codec/family.h"
#include "store/files/disk_space.h"

namespace spantoll::store {

// In the order of Family.
std::vector<rocksdb::ColumnFamilyDescriptor> state_families(const DiskBudget& budget);

// Families in which ranges of keys are deleted.
inline const std::vector<size_t>& range_deleted_families() {
    static const std::vector<size_t> families{index_of(Family::kMeta),
                                              index_of(Family::kIndex),
                                              index_of(Family::kPanes),
                                              index_of(Family::kDedup),
                                              index_of(Family::kJournal)};
    return families;
}

// One for all of them, where each would have one of its own.
void share_block_cache(std::vector<rocksdb::ColumnFamilyDescriptor>& families);

// Of any database of ours.
rocksdb::DBOptions database_options(const DiskBudget& budget);

// A family whose rows are small and looked up.
rocksdb::ColumnFamilyOptions lookup_family(const DiskBudget& budget);

}  // namespace spantoll::store
