#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schemas/rows.h"
#include "schemas/settings.h"
#include "store/codec/row_lists.h"
#include "store/codec/stored_rows.h"

namespace spantoll::store {

// The rows of one atomic commit, but for those of accounts (store/account_rows.h). It holds values
// only and is emptied by assignment: `commit = {}`. The order of its members does not matter,
// except that removals and purges are of what was there before the commit: its own rows stay.
struct Commit : RowLists {
    RowLists removed;  // rows with these keys, whatever else the values say

    // A FEDCOST row, or an internal WINDOW# row where its period is not configured.
    struct PeriodRow {
        std::string account;
        Period period;
        PeriodTotals totals;
        bool is_new = false;  // first put of this row: the index row goes with it
    };
    struct PeriodMerge {  // an ended period: added to what is there, unread
        std::string account;
        Period period;
        PeriodTotals delta;
    };
    struct PanePut {
        Pane pane;
        bool replaces = false;  // the whole pane, instead of every row that it has
        std::string entries;    // as encode_pane() packs them
    };
    std::vector<PeriodRow> periods;  // of accounts whose period has ended
    std::vector<PeriodMerge> period_merges;
    std::vector<std::pair<std::string, Period>> period_removes;    // with its index row
    std::vector<std::pair<std::string, Period>> window_removes;    // an internal WINDOW# that ended
    std::vector<std::pair<std::string, int64_t>> rolling_removes;  // (account, window minutes)
    std::vector<EnforceRow> enforces;
    std::vector<std::pair<std::string, std::string>> enforce_removes;  // (account, limit)
    std::vector<PanePut> panes;
    std::optional<Pane> panes_below_removed;  // every pane < this
    std::vector<DedupIds> dedup;              // added
    std::vector<Pane> dedup_removed;          // expiry panes, before `dedup` is added
    std::vector<std::pair<MeterId, std::string>> new_meters;
    std::optional<uint32_t> next_slot;  // RollingMeterRow::slot numbers below it are taken
    std::optional<WatermarkRow> watermark;
    std::optional<AccountId> next_account_id;
    std::vector<StoredDecision> decisions;           // each goes to OUTBOX# and to the decision log
    std::vector<DeadLetter> dead_letters;            // each goes to DEAD# and to OUTBOX#
    std::optional<uint64_t> outbox_removed_through;  // OUTBOX# rows up to here are removed
    std::vector<Period> periods_purged;              // FEDCOST and index rows of these are removed
    std::optional<int64_t> decisions_removed_before_ms;  // the log, by effective_ms
    std::vector<Limit> limits;           // the limits that the state was judged with
    std::vector<uint32_t> limit_series;  // of each of them
    bool has_limits = false;             // write `limits`
    std::vector<AuditRow> audits;
    // Charges to accounts whose rows stay as they are (window/charge_journal.h).
    struct JournalRow {
        uint64_t number = 0;  // ascending while the store is open
        std::string bytes;
    };
    std::optional<JournalRow> journal_row;
    std::optional<uint64_t> journal_begin;  // rows of the journal below it are removed
};

}  // namespace spantoll::store
