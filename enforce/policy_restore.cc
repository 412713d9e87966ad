#include <algorithm>

#include "enforce/policy.h"
#include "window/ema.h"

namespace spantoll::enforce {
namespace {

EnforceRow to_row(const LimitState& state, const std::string& account, const LimitRules& rules) {
    EnforceRow row;
    row.account = account;
    row.limit = rules.limit().name;
    row.level = rules.action_of(state.step);
    row.since_ms = state.since_ms;
    row.valid_until_ms = state.valid_until_ms;
    row.streak = state.streak;
    row.number = state.number;
    row.shadow = rules.limit().shadow;
    row.step = state.step;
    row.lease_until_ms = state.lease_until_ms;
    row.emitted_ms = state.emitted_ms;
    row.expiry_window_start_ms = state.expiry_window_start_ms;
    row.windows = state.windows;
    return row;
}

LimitState to_state(const EnforceRow& row) {
    LimitState state;
    state.step = row.step;
    state.streak = row.streak;
    state.number = row.number;
    state.since_ms = row.since_ms;
    state.valid_until_ms = row.valid_until_ms;
    state.lease_until_ms = row.lease_until_ms;
    state.emitted_ms = row.emitted_ms;
    state.expiry_window_start_ms = row.expiry_window_start_ms;
    state.windows = row.windows;
    return state;
}

const Limit* limit_named(const std::vector<Limit>& limits, const std::string& name) {
    const auto found = std::find_if(
        limits.begin(), limits.end(), [&](const Limit& limit) { return limit.name == name; });
    return found == limits.end() ? nullptr : &*found;
}

}  // namespace

void Policy::restore(const Stored& stored, std::vector<Decision>& out) {
    const size_t from = out.size();
    for (const EnforceRow& row : stored.rows) {
        if (!restore_row(row)) {
            release_removed(row, stored, out);
        }
    }
    for (AccountIndex account = 0; account < ledger_.capacity(); ++account) {
        if (ledger_.id(account).is_none()) {
            continue;
        }
        if (ledger_.account(account).has_levels || ledger_.rolling().is_ema_reached(account)) {
            watch_emas(account);
        }
        if (stored.limits == limits_) {
            continue;
        }
        const window::Plan& plan = ledger_.plan(account);
        for (uint32_t at = 0; at < plan.limits.size(); ++at) {
            const LimitRules& limit = rules_[plan.limits[at].limit];
            const Limit* before = limit_named(stored.limits, limit.limit().name);
            if (before == nullptr || *before != limit_as_configured(plan.limits[at].limit)) {
                judge_anew({account, at}, before, stored, out);
            }
        }
    }
    order_decisions(out, from);
}

// False where none of the configured limits judges the account under the row's name.
bool Policy::restore_row(const EnforceRow& row) {
    const AccountIndex account = ledger_.find(row.account);
    if (account == window::kNoAccount) {
        return false;
    }
    const window::Plan& plan = ledger_.plan(account);
    for (uint32_t at = 0; at < plan.limits.size(); ++at) {
        if (rules_[plan.limits[at].limit].limit().name != row.limit) {
            continue;
        }
        const LimitSlot slot{account, at};
        LimitState& mine = state(slot);
        mine = to_state(row);
        for (const WindowLevelRow& level : mine.windows) {
            window_levels_[{plan.limits[at].limit, level.start_ms}].push_back(slot);
            credited_.insert(slot);  // a credit of the last pane may not have been judged
        }
        if (mine.number > 0) {
            follow_level(slot, mine);
        }
        return true;
    }
    return false;
}

void Policy::release_removed(const EnforceRow& row,
                             const Stored& stored,
                             std::vector<Decision>& out) {
    EnforceRow orphan = row;
    const Limit* before = limit_named(stored.limits, row.limit);
    if (row.number == 0) {
        removed_.emplace_back(row.account, row.limit);  // a mere streak
        return;
    }
    if (row.step > 0 && before != nullptr) {
        Decision decision;
        decision.number = row.number + 1;
        decision.effective_ms = stored.effective_ms;
        decision.account = row.account;
        decision.limit = row.limit;
        decision.previous = row.level;
        decision.reason = Reason::kLimitChanged;
        decision.meter = before->meter;
        decision.window = before->window;
        decision.amount = before->amount;
        if (!before->window.is_rolling() && row.expiry_window_start_ms != kUnset) {
            decision.window_start_ms = row.expiry_window_start_ms;
        }
        decision.observed = observed_without_limit(row, *before);
        decision.shadow = row.shadow;
        out.push_back(decision);
        orphan.number = decision.number;
        orphan.emitted_ms = decision.effective_ms;
        orphan.since_ms = decision.effective_ms;
    }
    orphan.level = Action::kNone;
    orphan.step = 0;
    orphan.streak = 0;
    orphan.valid_until_ms.reset();
    orphan.lease_until_ms = kUnset;
    orphan.windows.clear();
    if (!(orphan == row)) {
        dirty_orphans_.push_back(orphan);
    }
    orphans_.emplace(std::pair{row.account, row.limit}, orphan);
}

// The number that a removed limit looked at, if it is still counted; otherwise 0.
Int128 Policy::observed_without_limit(const EnforceRow& row, const Limit& before) const {
    const AccountIndex account = ledger_.find(row.account);
    if (account == window::kNoAccount) {
        return 0;
    }
    const window::Plan& plan = ledger_.plan(account);
    for (uint32_t i = 0; i < plan.counters.size() && before.window.is_rolling(); ++i) {
        const window::CounterSpec& counter = plan.counters[i];
        if (counter.meter == before.meter && counter.window_minutes == before.window.minutes) {
            return ledger_.live(account, i);
        }
    }
    for (const uint32_t window : plan.windows) {
        if (ledger_.plans().windows()[window].window == before.window) {
            return ledger_.period_total(account, window, row.expiry_window_start_ms, before.meter);
        }
    }
    return 0;
}

int32_t Policy::step_anew(LimitSlot slot, LimitState& mine) {
    const LimitRules& limit = rules(slot);
    const window::JudgedLimit& which = judged(slot);
    if (limit.limit().window.is_rolling()) {
        return limit.step_reached(ledger_.live(slot.account, which.counter));
    }
    for (const WindowLevelRow& level : mine.windows) {
        std::erase(window_levels_[{which.limit, level.start_ms}], slot);
    }
    mine.windows.clear();
    int32_t step = 0;
    for (const window::OpenPeriod& period : ledger_.account(slot.account).periods) {
        if (period.window != which.window) {
            continue;
        }
        const Int128 total =
            ledger_.period_total(slot.account, which.window, period.start_ms, limit.limit().meter);
        const int32_t reached = limit.step_reached(total);
        if (reached > 0) {
            mine.windows.push_back({period.start_ms, reached});
            window_levels_[{which.limit, period.start_ms}].push_back(slot);
            step = std::max(step, reached);
        }
    }
    return step;
}

void Policy::judge_anew(LimitSlot slot,
                        const Limit* before,
                        const Stored& stored,
                        std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const LimitState* known = find_state(slot);
    if (limit.is_ema() && known == nullptr) {
        return;
    }
    LimitState probe = known == nullptr ? LimitState{} : *known;
    const Action level_before = probe.step == 0 || before == nullptr
                                    ? Action::kNone
                                    : LimitRules(*before).action_of(probe.step);
    const bool was_shadow = before != nullptr && before->shadow;
    int32_t step = 0;
    Int128 observed = 0;
    if (limit.is_ema()) {
        const window::JudgedLimit& which = judged(slot);
        const EmaRow& ema = ledger_.ema_brought_to_now(slot.account, which.counter, which.alpha);
        observed = window::integer_part(ema.is_set ? ema.value : 0);
        step = probe.step > 0 && !limit.ema_is_cleared(ema.is_set ? ema.value : 0) ? 1 : 0;
        state(slot).streak = 0;
    } else {
        step = step_anew(slot, probe);
        if (known == nullptr && step == 0) {
            return;
        }
        state(slot).windows = probe.windows;
    }
    LimitState& mine = state(slot);
    mine.step = step;
    let_latest_window_expire_it(slot, mine);
    const bool is_same =
        limit.action_of(step) == level_before && (was_shadow == limit.limit().shadow || step == 0);
    if (is_same) {
        return;
    }
    std::optional<int64_t> start;
    if (!limit.limit().window.is_rolling()) {
        start = mine.expiry_window_start_ms == kUnset ? stored.effective_ms
                                                      : mine.expiry_window_start_ms;
        start = ledger_.bounds_of(judged(slot).window, *start).start_ms;
        observed =
            ledger_.period_total(slot.account, judged(slot).window, *start, limit.limit().meter);
    } else if (!limit.is_ema()) {
        observed = ledger_.live(slot.account, judged(slot).counter);
    }
    mine.step = step == 0 ? 1 : 0;  // emit() sees a change
    emit(slot,
         step,
         {Reason::kLimitChanged, stored.effective_ms, observed, start, std::nullopt},
         out);
    out.back().previous = level_before;
}

std::vector<EnforceRow> Policy::take_dirty_rows() {
    std::vector<EnforceRow> rows = std::exchange(dirty_orphans_, {});
    for (const auto& [slot, id] : std::exchange(dirty_, {})) {
        if (ledger_.id(slot.account) != id) {
            continue;
        }
        LimitState& mine = state(slot);
        mine.is_dirty = false;
        if (mine.number > 0 || mine.streak > 0) {
            rows.push_back(to_row(mine, ledger_.text(slot.account), rules(slot)));
        } else {
            removed_.emplace_back(ledger_.text(slot.account), rules(slot).limit().name);
        }
    }
    return rows;
}

std::vector<EnforceRow> Policy::rows_of(AccountIndex account) const {
    std::vector<EnforceRow> rows;
    for (uint32_t at = 0; at < ledger_.plan(account).limits.size(); ++at) {
        const LimitSlot slot{account, at};
        if (const LimitState* known = find_state(slot); known != nullptr && known->number > 0) {
            rows.push_back(to_row(*known, ledger_.text(account), rules(slot)));
        }
    }
    return rows;
}

std::vector<std::pair<std::string, std::string>> Policy::take_removed_rows() {
    return std::exchange(removed_, {});
}

}  // namespace spantoll::enforce
