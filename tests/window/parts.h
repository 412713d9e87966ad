#pragma once

#include <string_view>
#include <vector>

#include "schemas/settings.h"
#include "window/account_registry.h"
#include "window/calendar_periods.h"
#include "window/pane_buffer.h"
#include "window/rolling_windows.h"
#include "window/row_schedule.h"

namespace spantoll::window {

inline constexpr int64_t kPane0 = 29'538'720;  // 2026-03-01T00:00Z
inline constexpr int64_t kTime0 = kPane0 * kMinuteMs;

inline Limit limit_of(std::string_view kind, MeterKind meter, Int128 amount, WindowSpec window) {
    Limit limit;
    limit.name = "limit";
    limit.kind = kind;
    limit.meter = Meter{meter, {}};
    limit.amount = amount;
    limit.window = window;
    limit.steps = {Step{}};
    return limit;
}

// The parts of a ledger, put together by hand so that a test can reach each of them.
struct Parts {
    AccountKinds kinds;
    CountingPlans plans;
    MeterTable meters{{}};
    AccountPool accounts;
    AccountRegistry registry;
    AccountAnchors anchors{accounts, plans};
    RowSchedule rows{accounts, anchors, plans, true};
    CalendarPeriods calendar{accounts, anchors, rows, plans, RetentionSettings{}};
    RollingWindows rolling{accounts, rows, plans};
    FirstStepsByPlan first_steps{plans};
    MeterId input = meters.intern_configured(kInputTokens);
    MeterId output = meters.intern_configured(kOutputTokens);

    explicit Parts(const std::vector<Limit>& limits = {},
                   const AccountSettings& settings = {},
                   const std::vector<WindowKind>& periods = {WindowKind::kDay, WindowKind::kMonth})
        : plans(kinds, periods, limits), registry(accounts, kinds, plans, settings, meters) {
        registry.set_rest({.has_spent_nothing = [](AccountIndex) { return false; },
                           .may_give_way = {},
                           .hand_over = {},
                           .came = {}});
    }
    BufferParts buffer_parts() {
        return {accounts, calendar, rolling, rows, plans, meters, first_steps};
    }
    AccountIndex account(std::string_view text) {
        const Charge charge;
        return registry.find_or_create(kinds.kind_of(text).value(), text, {&charge, {}});
    }
    // As the ledger does with a charge that is not buffered.
    void charge(AccountIndex index, const Charge& charge) {
        ChargeSum sum;
        sum.set(charge);
        const BufferParts parts = buffer_parts();
        OpenAccount account(parts, index);
        apply_charge(sum, meters, account);
    }
};

inline Charge charge_at(int64_t time_ms, int64_t pico) {
    Charge charge;
    charge.time_ms = time_ms;
    charge.requests = 1;
    charge.cost = Money::from_pico(pico);
    return charge;
}

}  // namespace spantoll::window
