#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace spantoll::store {

// Column families of the state, by how their rows are written and read. One WriteBatch covers all.
enum class Family : uint8_t {
    kMeta,     // RocksDB's `default`: META/, NEXT, METER#, LIMIT#, AUDIT#, COMMAND#, GRANT#, KEY#,
               // SINK#, SHORT#, RUNNING, WARM
    kCost,     // FEDCOST# and WINDOW#: one row per account and commit, read at a start alone
    kIndex,    // PERIOD#: once per account and period; read where a period is purged
    kRolling,  // ROLLING#, ACCOUNT#: as kCost
    kEnforce,  // ENFORCE#, STREAK#, ANCHOR#
    kPanes,    // PANE#, binary keys
    kDedup,    // DEDUP#, binary keys
    kOutbox,   // OUTBOX#
    kDead,     // DEAD#, ARRIVAL#
    kDecisions,  // DECISION#
    kJournal,    // JOURNAL#: gone after some commits
};
inline constexpr size_t kFamilyCount = 11;

// Which of the database's families it is, counted from 0.
constexpr size_t index_of(Family family) {
    return static_cast<size_t>(family);
}

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

}  // namespace spantoll::store
