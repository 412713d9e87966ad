#pragma once

#include <absl/container/flat_hash_map.h>
#include <string_view>
#include <vector>

#include "store/read/loaded_state.h"
#include "window/meter_table.h"

namespace spantoll::tools {

// What stored limits were about, as it was stored: today's limits may count it no more. Accounts
// are sorted out when first asked for one, which happens where limits have changed.
//
// Borrows the state and the meters.
class StoredTotals {
  public:
    StoredTotals(const store::LoadedState& state, const window::MeterTable& meters)
        : state_(state), meters_(meters) {}

    // The total of the row's account, in the window that gave valid_until_ms where it is a calendar
    // window; EMA: E as of C, scaled.
    Int128 total_of(const EnforceRow& row, const Limit& limit);

  private:
    struct Rows {
        std::vector<const RollingRow*> rollings;
        std::vector<const std::pair<Period, PeriodTotals>*> periods;
    };
    void sort_out();
    Int128 rolling_total(const Rows& rows, const Limit& limit) const;
    uint32_t series_of(const Limit& limit) const;
    Int128 calendar_total(const Rows& rows, const EnforceRow& row, const Limit& limit) const;

    const store::LoadedState& state_;
    const window::MeterTable& meters_;
    bool is_sorted_out_ = false;
    absl::flat_hash_map<std::string_view, Rows> by_account_;
};

}  // namespace spantoll::tools
