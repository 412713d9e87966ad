#pragma once

#include <absl/container/flat_hash_set.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/codec/record_codec.h"
#include "store/database/database.h"
#include "store/database/options.h"

namespace spantoll::store {

// What the store itself remembers from commit to commit, so that a commit need not read rows that
// change all the time. Read back from the rows when the store is opened. Thread: the engine's.
struct StoreCounters {
    std::vector<WindowSpec> windows;  // those with FEDCOST rows
    AccountKinds kinds;
    std::vector<std::string> meters;  // names by MeterId
    NextRecord next;
    bool is_fresh = true;            // no commit ever wrote NEXT
    uint64_t outbox_begin = 1;       // no OUTBOX# row is below it
    uint64_t decisions_begin = 0;    // no DECISION# row is below it
    uint64_t arrivals_begin = 0;     // no ARRIVAL# row is below it
    uint64_t journal_begin = 1;      // no JOURNAL# row is below it
    uint64_t journal_end = 1;        // nor at or above this
    uint64_t dead_letter_bytes = 0;  // of DEAD# rows
    uint64_t dead_letter_bytes_max = 0;
    Pane panes_begin;                              // no PANE# row is below it
    int64_t dedup_begin = 0;                       // no DEDUP# row is below it
    absl::flat_hash_set<std::string> streak_keys;  // of the STREAK# rows

    bool is_configured(const WindowSpec& window) const;
    // Else its row is a WINDOW# row.
    bool has_fedcost(const Period& period) const {
        return period.is_plain() && is_configured(period.window);
    }
    bool is_short_lived(std::string_view account) const;
};

// Names of usage meters by MeterId.
Result<std::vector<std::string>> read_meters(Database& database);

Result<StoreCounters> read_counters(Database& database, const StoreOptions& options);

// "row KEY of PATH cannot be understood": bytes that no version of ours has written there.
tl::unexpected<Error> broken_row(std::string_view key);
// "row KEY is missing": another row says that it must be there.
tl::unexpected<Error> missing_row(std::string_view key);

}  // namespace spantoll::store
