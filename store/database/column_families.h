#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include <rocksdb/db.h>

#include "store/files/disk_space.h"

namespace spantoll::store {

// Column families of the state, by how their rows are written and read. One WriteBatch covers all.
enum class Family : uint8_t {
    kMeta,       // RocksDB's `default`: META/, NEXT, METER#, LIMIT#, AUDIT#
    kCost,       // FEDCOST# and WINDOW#: one row per account and commit, read at a start alone
    kIndex,      // PERIOD#: once per account and period; read where a period is purged
    kRolling,    // ROLLING#: as kCost
    kEnforce,    // ENFORCE#, STREAK#
    kPanes,      // PANE#, binary keys
    kDedup,      // DEDUP#, binary keys
    kOutbox,     // OUTBOX#
    kDead,       // DEAD#, ARRIVAL#
    kDecisions,  // DECISION#
    kJournal,    // JOURNAL#: gone after some commits
};
inline constexpr size_t kFamilyCount = 11;
inline constexpr std::array<std::string_view, kFamilyCount> kFamilyNames{"default",
                                                                         "cost",
                                                                         "index",
                                                                         "rolling",
                                                                         "enforce",
                                                                         "panes",
                                                                         "dedup",
                                                                         "outbox",
                                                                         "dead",
                                                                         "decisions",
                                                                         "journal"};

// In the order of Family.
std::vector<rocksdb::ColumnFamilyDescriptor> state_families(const DiskBudget& budget);

// Families in which ranges of keys are deleted.
inline const std::vector<size_t>& range_deleted_families() {
    static const std::vector<size_t> places{static_cast<size_t>(Family::kMeta),
                                            static_cast<size_t>(Family::kIndex),
                                            static_cast<size_t>(Family::kPanes),
                                            static_cast<size_t>(Family::kDedup),
                                            static_cast<size_t>(Family::kJournal)};
    return places;
}

// One for all of them, where each would have one of its own.
void share_block_cache(std::vector<rocksdb::ColumnFamilyDescriptor>& families);

// Of any database of ours.
rocksdb::DBOptions database_options(const DiskBudget& budget);

// A family whose rows are small and looked up.
rocksdb::ColumnFamilyOptions lookup_family(const DiskBudget& budget);

}  // namespace spantoll::store
