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

// Everything the engine starts from.
struct LoadedState : RowLists {
    std::vector<RollingRow> rollings;
    std::vector<std::pair<std::string, std::pair<Period, PeriodTotals>>> open_periods;
    // WINDOW# rows of accounts that were short-lived and are no longer: their FEDCOST# rows have
    // more.
    std::vector<std::pair<std::string, Period>> left_windows;
    std::vector<EnforceRow> enforces;
    std::vector<std::pair<Pane, std::vector<PaneEntry>>> open_panes;  // panes >= C
    std::vector<DedupIds> dedup;
    std::vector<std::string> meters;  // by MeterId
    uint32_t next_slot = 0;           // first free RollingMeterRow::slot
    WatermarkRow watermark;
    AccountId next_account_id{1};
    uint64_t next_sequence = 1;  // of decisions and dead letters in the outbox
    std::vector<Limit> limits;
    std::vector<uint32_t> limit_series;  // of each of them
    std::optional<RunningRow> running;   // there after a crash
    bool is_fresh = true;                // nothing was ever committed
};

// The small part of it that says who is blocked or throttled: what can be answered while the rest
// is being loaded.
struct LoadedLevels {
    std::vector<EnforceRow> enforces;
    WatermarkRow watermark;
    bool is_warm = false;  // the input was read to its end once
};

}  // namespace spantoll::store
