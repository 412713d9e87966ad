#include "window/ledger_view.h"

#include <algorithm>

namespace spantoll::window {

LedgerView::LedgerView(const LedgerOptions& options, MeterTable& meters)
    : plans_(*options.plans),
      meters_(meters),
      first_steps_(*options.plans),
      registry_(accounts_, *options.kinds, *options.plans, options.accounts, meters),
      anchors_(accounts_, *options.plans),
      rows_(accounts_, anchors_, *options.plans, options.journals),
      calendar_(accounts_, anchors_, rows_, *options.plans, options.retention),
      rolling_(accounts_, rows_, *options.plans),
      leave_checks_(accounts_) {
    meters.intern_configured(kInputTokens);
    meters.intern_configured(kOutputTokens);
}

bool LedgerView::has_row(std::string_view account, int64_t window_minutes) const {
    const AccountIndex index = find(account);
    if (index == kNoAccount) {
        return false;
    }
    const std::vector<CounterSpec>& counters = plan(index).counters;
    return std::any_of(counters.begin(), counters.end(), [&](const CounterSpec& counter) {
        return counter.window_minutes == window_minutes;
    });
}

Pane LedgerView::next_event_pane() const {
    const Pane first_open = first_open_pane();
    if (rolling_.has_changed_samples()) {
        return first_open;
    }
    Pane next(std::min(calendar_.next_end_pane(), leave_checks_.next_pane()));
    if (const int64_t charged = rolling_.first_charged_open_pane(); charged != kUnset) {
        next = std::min(next, Pane(charged));
    }
    return std::max(next, first_open);
}

}  // namespace spantoll::window
