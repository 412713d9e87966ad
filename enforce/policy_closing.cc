#include <algorithm>
#include <limits>

#include "enforce/policy.h"
#include "window/ema.h"

namespace spantoll::enforce {

void Policy::judge_closing(const std::vector<window::EndedPeriod>& ended,
                           std::vector<Decision>& out) {
    const size_t from = out.size();
    for (const window::EndedPeriod& period : ended) {
        judge_ended(period, out);
    }
    // Copies: judging changes what is watched.
    for (const LimitSlot slot :
         std::vector<LimitSlot>(rolling_in_force_.begin(), rolling_in_force_.end())) {
        judge_rolling_closing(slot, out);
    }
    for (const LimitSlot slot : std::exchange(credited_, {})) {
        judge_credited(slot, out);
    }
    watch_reached();
    for (const LimitSlot slot :
         std::vector<LimitSlot>(emas_watched_.begin(), emas_watched_.end())) {
        judge_ema_closing(slot, out);
    }
    remove_expired_rows();
    order_decisions(out, from);
}

void Policy::judge_ended(const window::EndedPeriod& ended, std::vector<Decision>& out) {
    for (const uint32_t limit : limits_by_window_[ended.window]) {
        const auto found = window_levels_.find({limit, ended.start_ms});
        if (found == window_levels_.end()) {
            continue;
        }
        for (const LimitSlot slot : found->second) {
            end_window(slot, ended.start_ms, out);
        }
        window_levels_.erase({limit, ended.start_ms});
    }
}

void Policy::end_window(LimitSlot slot, int64_t start_ms, std::vector<Decision>& out) {
    LimitState& mine = state(slot);
    const Int128 total = counted(slot, start_ms);
    std::erase_if(mine.windows,
                  [&](const WindowLevelRow& level) { return level.start_ms == start_ms; });
    touch(slot, mine);
    int32_t step = 0;
    for (const WindowLevelRow& level : mine.windows) {
        step = std::max(step, level.step);
    }
    if (step == mine.step && mine.expiry_window_start_ms != start_ms) {
        return;
    }
    if (mine.step == 0) {
        return;
    }
    // valid_until_ms must come from a window that still has the level we announce.
    const int32_t previous = mine.step;
    mine.step = step;
    let_latest_window_expire_it(slot, mine);
    mine.step = previous;
    const int64_t end_ms = ledger_.first_open_pane().start_ms();
    emit(slot, step, {Reason::kPeriodEnded, end_ms, total, start_ms, std::nullopt}, out);
}

void Policy::let_latest_window_expire_it(LimitSlot slot, LimitState& mine) {
    mine.expiry_window_start_ms = kUnset;
    for (const WindowLevelRow& level : mine.windows) {
        if (level.step == mine.step && level.start_ms > mine.expiry_window_start_ms) {
            mine.expiry_window_start_ms = level.start_ms;
        }
    }
    touch(slot, mine);
}

void Policy::judge_rolling_closing(LimitSlot slot, std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    LimitState& mine = state(slot);
    const int64_t end_ms = ledger_.first_open_pane().start_ms();
    const Int128 total = ledger_.live(slot.account, judged(slot).counter);
    const int32_t kept = limit.step_kept(mine.step, total);
    if (kept < mine.step) {
        emit(slot, kept, {Reason::kTotalFell, end_ms, total, std::nullopt, std::nullopt}, out);
        return;
    }
    if (limit.is_lease(mine.step) && 2 * (end_ms - mine.emitted_ms) >= limit.limit().ttl_ms) {
        emit(slot, kept, {Reason::kTotalRenewed, end_ms, total, std::nullopt, std::nullopt}, out);
    }
}

void Policy::judge_credited(LimitSlot slot, std::vector<Decision>& out) {
    if (find_state(slot) == nullptr) {
        return;
    }
    const LimitRules& limit = rules(slot);
    LimitState& mine = state(slot);
    const int64_t end_ms = ledger_.first_open_pane().start_ms();
    // A window of amount 0 keeps its level to its end.
    if (mine.windows.empty() || limit.amount() == 0) {
        return;
    }
    int32_t step = 0;
    WindowLevelRow fell;
    bool has_fallen = false;
    for (WindowLevelRow& level : mine.windows) {
        const Int128 total = counted(slot, level.start_ms);
        const int32_t kept = limit.step_kept(level.step, total);
        if (kept < level.step) {
            // Of several that fell, the one that the level came from is emitted.
            if (!has_fallen || level.step > fell.step ||
                (level.step == fell.step && level.start_ms == mine.expiry_window_start_ms)) {
                fell = level;
            }
            has_fallen = true;
            level.step = kept;
            touch(slot, mine);
        }
        step = std::max(step, level.step);
    }
    if (step == mine.step) {
        return;
    }
    const Int128 total = counted(slot, fell.start_ms);
    const int32_t previous = std::exchange(mine.step, step);
    let_latest_window_expire_it(slot, mine);
    mine.step = previous;
    emit(slot, step, {Reason::kTotalFell, end_ms, total, fell.start_ms, std::nullopt}, out);
}

// EMAs are looked at while they can trip or clear a limit.
void Policy::watch_reached() {
    for (const AccountIndex account : ledger_.rolling().ema_reached()) {
        if (!ledger_.id(account).is_none()) {
            watch_emas(account);
        }
    }
}

void Policy::watch_emas(AccountIndex account) {
    const std::vector<LimitRules>& rules = rules_.of(ledger_.account(account).plan);
    for (uint32_t at = 0; at < rules.size(); ++at) {
        if (rules[at].is_ema()) {
            emas_watched_.insert({account, at});  // the next closing drops those that are idle
        }
    }
}

void Policy::judge_ema_closing(LimitSlot slot, std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const window::JudgedLimit& which = judged(slot);
    LimitState& mine = state(slot);
    const int64_t end_ms = ledger_.first_open_pane().start_ms();
    const EmaRow& ema = ledger_.ema_brought_to_now(slot.account, which.counter, which.alpha);
    const Int128 value = ema.is_set ? ema.value : 0;
    const bool is_above = ema.is_set && limit.ema_is_above(value);
    const Int128 observed = window::integer_part(value);
    const auto change = [&](Reason reason) {
        return Change{reason, end_ms, observed, std::nullopt, std::nullopt};
    };
    const int32_t streak = is_above ? std::min(mine.streak + 1, limit.limit().consecutive) : 0;
    if (streak != mine.streak) {
        mine.streak = streak;
        touch(slot, mine);
    }
    if (mine.step == 0) {
        if (is_above && streak >= limit.limit().consecutive) {
            emit(slot, 1, change(Reason::kEmaAbove), out);
        } else if (streak == 0 &&
                   !limit.ema_is_above(
                       ledger_.account(slot.account).counters[which.counter].sample * kEmaScale)) {
            emas_watched_.erase(slot);
        }
        return;
    }
    if (is_above && limit.is_lease(mine.step)) {
        if (2 * (end_ms - mine.emitted_ms) >= limit.limit().ttl_ms) {
            emit(slot, mine.step, change(Reason::kEmaRenewed), out);
        } else {
            mine.lease_until_ms = end_ms + limit.limit().ttl_ms;
            touch(slot, mine);
        }
    }
    if (limit.ema_is_cleared(value)) {
        emit(slot, 0, change(Reason::kEmaCleared), out);
    } else if (mine.lease_until_ms != kUnset && end_ms >= mine.lease_until_ms) {
        emit(slot, 0, change(Reason::kTtlExpired), out);
    }
}

void Policy::remove_expired_rows() {
    const int64_t end_ms = ledger_.first_open_pane().start_ms();
    while (!row_expiries_.empty() && row_expiries_.begin()->first <= end_ms) {
        const auto [slot, id] = row_expiries_.begin()->second;
        row_expiries_.erase(row_expiries_.begin());
        if (ledger_.id(slot.account) != id || find_state(slot) == nullptr) {
            continue;
        }
        LimitState& mine = state(slot);
        if (mine.step > 0 || mine.number == 0 || mine.emitted_ms + row_retention_ms_ > end_ms) {
            continue;  // a later decision moved the expiry
        }
        removed_.emplace_back(ledger_.text(slot.account), rules(slot).limit().name);
        const int32_t streak = mine.streak;
        const bool is_dirty = mine.is_dirty;
        std::vector<WindowLevelRow> windows = std::move(mine.windows);
        mine = LimitState{};
        mine.streak = streak;
        mine.is_dirty = is_dirty;
        mine.windows = std::move(windows);
        if (mine.is_worth_a_row()) {
            touch(slot, mine);
        }
        ledger_.reconsider(slot.account);
    }
    for (auto orphan = orphans_.begin(); orphan != orphans_.end();) {
        if (orphan->second.emitted_ms + row_retention_ms_ > end_ms) {
            ++orphan;
            continue;
        }
        removed_.push_back(orphan->first);
        const AccountIndex account = ledger_.find(orphan->first.first);
        orphan = orphans_.erase(orphan);
        if (account != window::kNoAccount) {
            ledger_.reconsider(account);
        }
    }
}

Pane Policy::next_event_pane() const {
    if (!rolling_in_force_.empty() || !credited_.empty() || !emas_watched_.empty()) {
        return ledger_.first_open_pane();
    }
    Pane next = kNeverPane;
    const auto at_least = [&](int64_t due_ms) {
        // The first closing whose end reaches the date.
        next = std::min(next, pane_of(EventTime(due_ms + kMinuteMs - 1)).plus(-1));
    };
    if (!row_expiries_.empty()) {
        at_least(row_expiries_.begin()->first);
    }
    for (const auto& [key, row] : orphans_) {
        at_least(row.emitted_ms + row_retention_ms_);
    }
    return std::max(next, ledger_.first_open_pane());
}

}  // namespace spantoll::enforce
