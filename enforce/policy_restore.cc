#include <algorithm>
#include <tuple>
#include <utility>

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

}  // namespace

std::vector<const Limit*> Policy::origins_in(const std::vector<Limit>& stored) const {
    std::vector<const Limit*> origins;
    for (const Limit& limit : limits_) {
        const Limit* const before = find_limit(stored, limit.name);
        origins.push_back(before != nullptr && is_same_limit(*before, limit) ? before : nullptr);
    }
    return origins;
}

void Policy::restore(const Stored& stored, std::vector<Decision>& out) {
    const std::vector<const Limit*> origins = origins_in(stored.limits);
    restore_rows(stored, origins, out);
    const size_t from = out.size();
    const bool are_alike = stored.limits == limits_;
    for (AccountIndex account = 0; account < ledger_.capacity(); ++account) {
        if (ledger_.id(account).is_none()) {
            continue;
        }
        if (ledger_.account(account).has_levels || ledger_.rolling().is_ema_reached(account)) {
            watch_emas(account);
        }
        const bool has_other_window = !stored.has_other_windows.empty() &&
                                      stored.has_other_windows[ledger_.account(account).kind];
        if (are_alike && !has_other_window) {
            continue;
        }
        const window::Plan& plan = ledger_.plan(account);
        for (uint32_t at = 0; at < plan.limits.size(); ++at) {
            const LimitSlot slot{account, at};
            const Limit* const origin = origins[plan.limits[at].limit];
            if (origin == nullptr) {
                judge_beginning(slot, stored.effective_ms, out);
                continue;
            }
            const Int128 amount =
                ledger_.plans().effective_amount(plan.limits[at].limit,
                                                 ledger_.text(account),
                                                 configured_amount(*origin, ledger_.text(account)));
            judge_anew(
                slot, {LimitRules(*origin, amount), has_other_window}, stored.effective_ms, out);
        }
    }
    order_decisions(out, from);
}

// Releases come first, in the order of the limits as they were.
void Policy::restore_rows(const Stored& stored,
                          const std::vector<const Limit*>& origins,
                          std::vector<Decision>& out) {
    std::vector<std::pair<const Limit*, const EnforceRow*>> ended;
    for (const EnforceRow& row : stored.rows) {
        const auto today = limit_by_name_.find(row.limit);
        const bool goes_on = today != limit_by_name_.end() && origins[today->second] != nullptr;
        if (!goes_on || !restore_row(row)) {
            ended.emplace_back(find_limit(stored.limits, row.limit), &row);
        }
    }
    std::sort(ended.begin(), ended.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second->account) < std::tie(b.first, b.second->account);
    });
    for (const auto& [limit, row] : ended) {
        const EnforceRow left = released(*row, stored, out);
        if (left.number == 0) {
            removed_.emplace_back(left.account, left.limit);  // a mere streak
            continue;
        }
        if (row->step > 0 && ledger_.find(row->account) == window::kNoAccount) {
            // A level keeps its account in memory: its kind was dropped, with all its other rows.
            removed_.emplace_back(left.account, left.limit);
            continue;
        }
        if (restore_row(left)) {  // numbers go on
            continue;
        }
        if (!(left == *row)) {
            dirty_orphans_.push_back(left);
        }
        orphans_.emplace(std::pair{left.account, left.limit}, left);
    }
}

// False where none of the configured limits judges the account under the row's name.
bool Policy::restore_row(const EnforceRow& row) {
    const AccountIndex account = ledger_.find(row.account);
    if (account == window::kNoAccount) {
        return false;
    }
    const window::Plan& plan = ledger_.plan(account);
    for (uint32_t at = 0; at < plan.limits.size(); ++at) {
        if (limits_[plan.limits[at].limit].name != row.limit) {
            continue;
        }
        const LimitSlot slot{account, at};
        LimitState& mine = state(slot);
        mine = to_state(row);
        if (row.shadow != limits_[plan.limits[at].limit].shadow) {
            touch(slot, mine);  // its row says what the limit is now
        }
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

// What is left of a row whose limit is gone, or begins anew.
EnforceRow Policy::released(const EnforceRow& row,
                            const Stored& stored,
                            std::vector<Decision>& out) {
    EnforceRow left = row;
    const Limit* const before = find_limit(stored.limits, row.limit);
    if (row.step > 0 && before != nullptr) {
        const Int128 total = stored.total_of(row, *before);
        Decision decision;
        decision.number = row.number + 1;
        decision.effective_ms = stored.effective_ms;
        decision.account = row.account;
        decision.limit = row.limit;
        decision.previous = row.level;
        decision.reason = Reason::kLimitChanged;
        decision.meter = before->meter;
        decision.window = before->window;
        decision.amount =
            std::max<Int128>(0, configured_amount(*before, row.account) + stored.added_to(row));
        if (before->window.has_end() && row.expiry_window_start_ms != kUnset) {
            decision.window_start_ms = row.expiry_window_start_ms;
        }
        decision.observed = before->judge == Judge::kEma ? window::integer_part(total) : total;
        decision.shadow = row.shadow;
        out.push_back(decision);
        left.number = decision.number;
        left.emitted_ms = decision.effective_ms;
        left.since_ms = decision.effective_ms;
    }
    left.level = Action::kNone;
    left.step = 0;
    left.streak = 0;
    left.valid_until_ms.reset();
    left.lease_until_ms = kUnset;
    left.expiry_window_start_ms = kUnset;
    left.windows.clear();
    return left;
}

std::vector<EnforceRow> Policy::take_dirty_rows() {
    std::vector<EnforceRow> rows = std::exchange(dirty_orphans_, {});
    for (const auto& [slot, id] : std::exchange(dirty_, {})) {
        if (ledger_.id(slot.account) != id) {
            continue;
        }
        LimitState& mine = state(slot);
        mine.is_dirty = false;
        if (mine.is_worth_a_row()) {
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
