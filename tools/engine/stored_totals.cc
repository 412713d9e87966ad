#include "tools/engine/stored_totals.h"

#include <algorithm>

#include "enforce/limit_rules.h"
#include "window/charge_effect.h"
#include "window/ema.h"

namespace spantoll::tools {

void StoredTotals::sort_out() {
    for (const RollingRow& row : state_.rollings) {
        by_account_[row.account].rollings.push_back(&row);
    }
    for (const auto& [account, period] : state_.open_periods) {
        by_account_[account].periods.push_back(&period);
    }
    is_sorted_out_ = true;
}

Int128 StoredTotals::total_of(const EnforceRow& row, const Limit& limit) {
    if (!is_sorted_out_) {
        sort_out();
    }
    const auto found = by_account_.find(row.account);
    if (found == by_account_.end()) {
        return 0;
    }
    return limit.window.is_rolling() ? rolling_total(found->second, limit)
                                     : calendar_total(found->second, row, limit);
}

Int128 StoredTotals::rolling_total(const Rows& rows, const Limit& limit) const {
    for (const RollingRow* rolling : rows.rollings) {
        if (rolling->window_minutes != limit.window.minutes) {
            continue;
        }
        const auto meter =
            std::ranges::find(rolling->meters, counted_meter(limit), &RollingMeterRow::meter);
        if (meter == rolling->meters.end()) {
            return 0;
        }
        if (limit.judge != Judge::kEma) {
            return meter->live;
        }
        const auto stored = std::ranges::find(meter->emas, limit.alpha, &EmaRow::alpha);
        EmaRow ema = stored == meter->emas.end() ? EmaRow{} : *stored;
        if (rolling->as_of != kUnset && rolling->as_of < state_.watermark.closed_pane.index) {
            window::step_ema_repeatedly(
                ema, meter->sample, state_.watermark.closed_pane.index - rolling->as_of);
        }
        return ema.is_set ? ema.value : 0;
    }
    return 0;
}

uint32_t StoredTotals::series_of(const Limit& limit) const {
    const Limit* const stored = find_limit(state_.limits, limit.name);
    return state_.limit_series[static_cast<size_t>(stored - state_.limits.data())];
}

Int128 StoredTotals::calendar_total(const Rows& rows,
                                    const EnforceRow& row,
                                    const Limit& limit) const {
    const Period wanted{
        limit.window, row.expiry_window_start_ms, !limit.count_failed, series_of(limit)};
    const auto is_it = [&](const auto* period) { return period->first == wanted; };
    const auto found = std::find_if(rows.periods.begin(), rows.periods.end(), is_it);
    if (found == rows.periods.end()) {
        return 0;
    }
    return window::amount_of((*found)->second, limit.meter, meters_) -
           enforce::reset_base(row.windows, row.expiry_window_start_ms);
}

}  // namespace spantoll::tools
