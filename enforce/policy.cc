#include "enforce/policy.h"

#include <algorithm>
#include <limits>

#include "window/calendar.h"

namespace spantoll::enforce {

Policy::Policy(const std::vector<Limit>& limits, window::Ledger& ledger, int64_t row_retention_ms)
    : ledger_(ledger),
      limits_(limits),
      rules_(limits_, ledger.plans()),
      row_retention_ms_(row_retention_ms) {
    limits_by_window_.resize(ledger.plans().windows().size());
    for (uint32_t i = 0; i < limits_.size(); ++i) {
        limit_by_name_.emplace(limits_[i].name, i);
        for (uint32_t window = 0; window < limits_by_window_.size(); ++window) {
            if (!limits_[i].window.is_rolling() && ledger.plans().is_counted_in(i, window)) {
                limits_by_window_[window].push_back(i);
            }
        }
    }
    ledger.set_first_steps([this](const window::Plan& plan) { return first_steps_of(plan); });
}

window::FirstSteps Policy::first_steps_of(const window::Plan& plan) const {
    window::FirstSteps first;
    for (const window::JudgedLimit& judged : plan.limits) {
        const LimitRules rules(limits_[judged.limit], judged.amount);
        if (rules.is_ema()) {
            continue;
        }
        const Int128 total = rules.next_threshold(0);
        if (rules.limit().window.is_rolling()) {
            first.rolling.push_back({judged.counter, total, rules.limit().meter.kind});
        } else {
            first.calendar.push_back({judged.window, total, rules.limit().meter});
        }
    }
    return first;
}

const LimitState* Policy::find_state(LimitSlot slot) const {
    if (!ledger_.account(slot.account).has_levels) {
        return nullptr;
    }
    const AccountStates& mine = by_account_[slot.account];
    return &mine.states[slot.at];
}

LimitState& Policy::state(LimitSlot slot) {
    if (slot.account >= by_account_.size()) {
        by_account_.resize(slot.account + 1);
    }
    AccountStates& mine = by_account_[slot.account];
    const AccountId id = ledger_.id(slot.account);
    if (mine.account_id != id || mine.states.empty()) {
        ledger_.note_levels(slot.account);
        mine.account_id = id;
        mine.states.assign(ledger_.plan(slot.account).limits.size(), LimitState{});
    }
    return mine.states[slot.at];
}

void Policy::touch(LimitSlot slot, LimitState& state) {
    if (!state.is_dirty) {
        state.is_dirty = true;
        dirty_.emplace_back(slot, ledger_.id(slot.account));
    }
}

void Policy::judge_limits(AccountIndex account,
                          const ChargingSpan& span,
                          std::vector<Decision>& out) {
    const std::vector<LimitRules>& rules = rules_.of(ledger_.account(account).plan);
    for (uint32_t at = 0; at < rules.size(); ++at) {
        if (rules[at].is_ema() || (span.is_failed && !rules[at].limit().count_failed)) {
            continue;
        }
        if (rules[at].limit().window.is_rolling()) {
            judge_rolling_charge({account, at}, span, out);
        } else {
            judge_calendar_charge({account, at}, span, out);
        }
    }
}

void Policy::judge_rolling_charge(LimitSlot slot,
                                  const ChargingSpan& span,
                                  std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const LimitState* known = find_state(slot);
    const int32_t present = known == nullptr ? 0 : known->step;
    const Int128 total = ledger_.live(slot.account, judged(slot).counter);
    if (present == limit.step_count() || total < limit.next_threshold(present)) {
        return;
    }
    emit(slot,
         limit.step_reached(total),
         {Reason::kTotalReached, span.time_ms, total, std::nullopt, span.cause},
         out);
}

void Policy::judge_calendar_charge(LimitSlot slot,
                                   const ChargingSpan& span,
                                   std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const uint32_t window = judged(slot).window;
    const window::PeriodBounds bounds = ledger_.bounds_of(slot.account, window, span.time_ms);
    if (ledger_.is_ended(bounds)) {
        return;
    }
    const Int128 total = counted(slot, bounds.start_ms);
    const int32_t reached = limit.step_reached(total);
    const LimitState* known = find_state(slot);
    int32_t present = 0;
    if (known != nullptr) {
        for (const WindowLevelRow& level : known->windows) {
            present = level.start_ms == bounds.start_ms ? level.step : present;
        }
    }
    if (reached <= present) {
        return;
    }
    LimitState& mine = state(slot);
    const auto found =
        std::find_if(mine.windows.begin(), mine.windows.end(), [&](const WindowLevelRow& level) {
            return level.start_ms == bounds.start_ms;
        });
    if (found == mine.windows.end()) {
        mine.windows.push_back({bounds.start_ms, reached});
        window_levels_[{judged(slot).limit, bounds.start_ms}].push_back(slot);
    } else {
        found->step = reached;
    }
    touch(slot, mine);
    if (reached > mine.step) {
        mine.expiry_window_start_ms = bounds.start_ms;
        emit(slot,
             reached,
             {Reason::kTotalReached, span.time_ms, total, bounds.start_ms, span.cause},
             out);
    }
}

void Policy::note_credit(AccountIndex account) {
    const window::Plan& plan = ledger_.plan(account);
    for (uint32_t at = 0; at < plan.limits.size(); ++at) {
        const LimitSlot slot{account, at};
        const LimitState* known = find_state(slot);
        if (known != nullptr && !known->windows.empty()) {
            credited_.insert(slot);
        }
    }
}

Int128 Policy::counted(LimitSlot slot, int64_t start_ms) const {
    const Int128 total = ledger_.period_total(
        slot.account, judged(slot).window, start_ms, rules(slot).limit().meter);
    const LimitState* const known = find_state(slot);
    return known == nullptr ? total : total - reset_base(known->windows, start_ms);
}

int64_t Policy::window_end_ms(LimitSlot slot, int64_t start_ms) const {
    return window::period_end_ms({rules(slot).limit().window, start_ms});
}

void Policy::emit(LimitSlot slot, int32_t step, const Change& change, std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const WindowSpec& window = limit.limit().window;
    LimitState& mine = state(slot);
    const int32_t previous = mine.step;
    mine.step = step;
    mine.number += 1;
    mine.emitted_ms = change.effective_ms;
    if (step != previous) {
        mine.since_ms = change.effective_ms;
    }
    mine.valid_until_ms.reset();
    mine.lease_until_ms = kUnset;
    if (limit.is_lease(step)) {
        mine.lease_until_ms = change.effective_ms + limit.limit().ttl_ms;
        mine.valid_until_ms = mine.lease_until_ms;
    } else if (step > 0 && window.has_end()) {
        mine.valid_until_ms = window_end_ms(slot, mine.expiry_window_start_ms);
    }
    follow_level(slot, mine);
    touch(slot, mine);

    Decision decision;
    decision.number = mine.number;
    decision.effective_ms = change.effective_ms;
    decision.account = ledger_.text(slot.account);
    decision.limit = limit.limit().name;
    decision.action = limit.action_of(step);
    decision.previous = limit.action_of(previous);
    decision.reason = change.reason;
    decision.meter = limit.limit().meter;
    decision.window = window;
    if (window.has_end()) {
        decision.window_start_ms = change.window_start_ms;
    }
    decision.observed = change.observed;
    decision.amount = limit.amount();
    decision.valid_until_ms = mine.valid_until_ms;
    decision.cause = change.cause;
    decision.shadow = limit.limit().shadow;
    out.push_back(std::move(decision));
}

// Keeps the lists that closings walk in step with the level.
void Policy::follow_level(LimitSlot slot, const LimitState& mine) {
    const LimitRules& limit = rules(slot);
    if (mine.step == 0) {
        row_expiries_.emplace(mine.emitted_ms + row_retention_ms_,
                              std::pair{slot, ledger_.id(slot.account)});
    }
    if (limit.is_ema()) {
        emas_watched_.insert(slot);
        return;
    }
    if (!limit.limit().window.is_rolling()) {
        return;
    }
    if (mine.step > 0) {
        rolling_in_force_.insert(slot);
    } else {
        rolling_in_force_.erase(slot);
    }
}

bool Policy::may_leave(AccountIndex account) const {
    for (uint32_t at = 0; at < ledger_.plan(account).limits.size(); ++at) {
        const LimitState* known = find_state({account, at});
        if (known != nullptr && known->is_worth_a_row()) {
            return false;
        }
    }
    const std::string& text = ledger_.text(account);
    const auto orphan = orphans_.lower_bound({text, std::string()});
    return orphan == orphans_.end() || orphan->first.first != text;
}

void Policy::order_decisions(std::vector<Decision>& decisions, size_t from) const {
    const auto rank = [&](const Decision& decision) {
        const auto found = limit_by_name_.find(decision.limit);
        return found == limit_by_name_.end() ? std::numeric_limits<uint32_t>::max() : found->second;
    };
    std::stable_sort(decisions.begin() + static_cast<std::ptrdiff_t>(from),
                     decisions.end(),
                     [&](const Decision& a, const Decision& b) {
                         const uint32_t left = rank(a);
                         const uint32_t right = rank(b);
                         return left != right ? left < right : a.account < b.account;
                     });
}

}  // namespace spantoll::enforce
