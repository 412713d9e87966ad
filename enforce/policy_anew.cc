#include <algorithm>
#include <utility>

#include "enforce/policy.h"
#include "window/ema.h"

// What follows for levels when an amount or a limit has changed.

namespace spantoll::enforce {

// A limit that begins over a rolling counter that is kept. Totals of calendar windows begin with
// it, and an EMA never trips before a closing.
void Policy::judge_beginning(LimitSlot slot, int64_t effective_ms, std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const LimitState* const known = find_state(slot);
    if (known != nullptr && known->number > 0) {
        touch(slot, state(slot));  // what is left of one of its name
    }
    if (!limit.is_ema() && limit.limit().window.is_rolling()) {
        const Int128 total = ledger_.live(slot.account, judged(slot).counter);
        if (total > 0 && limit.step_reached(total) > 0) {
            emit(slot,
                 limit.step_reached(total),
                 {Reason::kLimitChanged, effective_ms, total, std::nullopt, std::nullopt},
                 out);
        }
    }
}

void Policy::judge_anew(LimitSlot slot,
                        const Before& before,
                        int64_t effective_ms,
                        std::vector<Decision>& out) {
    const LimitRules& limit = rules(slot);
    const LimitState* known = find_state(slot);
    const int32_t step_before = known == nullptr ? 0 : known->step;
    std::vector<WindowLevelRow> windows;
    if (known != nullptr) {
        windows = known->windows;
    }
    const Anew anew = find_anew(slot, before, windows);
    if (known == nullptr && anew.step == 0) {
        return;
    }
    const Action action_before = before.rules.action_of(step_before);
    const bool is_same_action = limit.action_of(anew.step) == action_before;
    const bool is_told =
        !is_same_action || (anew.step > 0 && before.rules.limit().shadow != limit.limit().shadow);
    LimitState& mine = state(slot);
    if (!is_told) {
        // The end of the window that gave valid_until_ms is to be told, whatever it holds.
        const auto is_giver = [&](const auto& level) {
            return level.start_ms == mine.expiry_window_start_ms;
        };
        const auto giver = std::find_if(mine.windows.begin(), mine.windows.end(), is_giver);
        if (anew.step > 0 && giver != mine.windows.end() &&
            std::none_of(windows.begin(), windows.end(), is_giver)) {
            windows.push_back({giver->start_ms, 0, giver->base});
        }
    }
    if (mine.step != anew.step || mine.windows != windows) {
        replace_windows(slot, std::move(windows));
        mine.step = anew.step;
        touch(slot, mine);
    }
    if (!is_told) {
        return;
    }
    let_latest_window_expire_it(slot, mine);
    if (!is_same_action) {
        mine.step = anew.step == 0 ? 1 : 0;  // emit() sees a change
    }
    emit(slot,
         anew.step,
         {Reason::kLimitChanged, effective_ms, anew.observed, anew.window_start_ms, std::nullopt},
         out);
    out.back().previous = action_before;
}

// What the account's totals reach by today's rules, where its amount or the limit's steps are
// others than before, or its calendar windows are. `windows` are the levels of these, before and
// after.
Policy::Anew Policy::find_anew(LimitSlot slot,
                               const Before& before,
                               std::vector<WindowLevelRow>& windows) {
    const LimitRules& limit = rules(slot);
    if (limit.is_ema()) {
        return ema_anew(slot, before.rules);
    }
    const bool is_judged = before.rules.amount() != limit.amount() ||
                           before.rules.limit().steps != limit.limit().steps;
    const LimitState* const known = find_state(slot);
    Anew anew;
    anew.step = known == nullptr ? 0 : known->step;
    if (limit.limit().window.is_rolling()) {
        anew.observed = ledger_.live(slot.account, judged(slot).counter);
        if (is_judged) {
            anew.step = anew.observed == 0 ? 0 : limit.step_reached(anew.observed);
        }
        return anew;
    }
    if (is_judged || before.has_other_window) {
        return calendar_anew(slot, windows);
    }
    // The level as it is, of the oldest window that holds it.
    for (const WindowLevelRow& level : windows) {
        if (level.step == anew.step &&
            (!anew.window_start_ms || level.start_ms < *anew.window_start_ms)) {
            anew.window_start_ms = level.start_ms;
        }
    }
    if (anew.window_start_ms) {
        anew.observed = counted(slot, *anew.window_start_ms);
    }
    return anew;
}

// Its level ends where E is not above the amount; none begins.
Policy::Anew Policy::ema_anew(LimitSlot slot, const LimitRules& before) {
    const LimitRules& limit = rules(slot);
    const LimitState* const known = find_state(slot);
    if (known == nullptr || known->step == 0) {
        return {};
    }
    const window::JudgedLimit& which = judged(slot);
    const EmaRow& ema = ledger_.ema_brought_to_now(slot.account, which.counter, which.alpha);
    const Int128 value = ema.is_set ? ema.value : 0;
    Anew anew;
    anew.observed = window::integer_part(value);
    const bool has_other_alpha = !(before.limit().alpha == limit.limit().alpha);
    anew.step = before.amount() == limit.amount() || has_other_alpha || limit.ema_is_above(value)
                    ? known->step
                    : 0;
    return anew;
}

// Each open window has the level that its total reaches. Of several the oldest that holds the new
// level is told of; at a release the newest that held the old one.
Policy::Anew Policy::calendar_anew(LimitSlot slot, std::vector<WindowLevelRow>& windows) {
    const LimitRules& limit = rules(slot);
    const uint32_t window = judged(slot).window;
    const LimitState* const known = find_state(slot);
    const std::vector<WindowLevelRow> levels_before = std::exchange(windows, {});
    Anew anew;
    for (const window::OpenPeriod& period : ledger_.account(slot.account).periods) {
        if (period.window != window) {
            continue;
        }
        const Int128 total = counted(slot, period.start_ms);
        const int32_t step = total == 0 ? 0 : limit.step_reached(total);
        if (const Int128 base = reset_base(levels_before, period.start_ms); step > 0 || base != 0) {
            windows.push_back({period.start_ms, step, base});
        }
        if (step > anew.step ||
            (step > 0 && step == anew.step && period.start_ms < *anew.window_start_ms)) {
            anew.step = step;
            anew.window_start_ms = period.start_ms;
        }
    }
    for (const WindowLevelRow& level : levels_before) {
        if (anew.step == 0 && known != nullptr && level.step == known->step &&
            (!anew.window_start_ms || level.start_ms > *anew.window_start_ms)) {
            anew.window_start_ms = level.start_ms;
        }
    }
    if (anew.window_start_ms) {
        anew.observed = counted(slot, *anew.window_start_ms);
    }
    return anew;
}

void Policy::replace_windows(LimitSlot slot, std::vector<WindowLevelRow> windows) {
    LimitState& mine = state(slot);
    const uint32_t limit = judged(slot).limit;
    for (const WindowLevelRow& level : mine.windows) {
        std::erase(window_levels_[{limit, level.start_ms}], slot);
    }
    mine.windows = std::move(windows);
    for (const WindowLevelRow& level : mine.windows) {
        window_levels_[{limit, level.start_ms}].push_back(slot);
    }
}

// Every account that the change is about, in memory, with its slot of the limit where it has one.
// Decisions of several are put in order.
void Policy::for_each_slot(const AmountChange& change,
                           const std::function<void(LimitSlot)>& visit,
                           std::vector<Decision>& out) {
    const auto visit_account = [&](AccountIndex account) {
        const window::Plan& plan = ledger_.plan(account);
        for (uint32_t at = 0; at < plan.limits.size(); ++at) {
            if (plan.limits[at].limit == change.limit) {
                return visit({account, at});
            }
        }
    };
    if (!change.account.empty()) {
        const AccountIndex account = ledger_.find(change.account);
        if (account != window::kNoAccount) {
            visit_account(account);
        }
        return;
    }
    const size_t from = out.size();
    for (AccountIndex account = 0; account < ledger_.capacity(); ++account) {
        if (!ledger_.id(account).is_none()) {
            visit_account(account);
        }
    }
    order_decisions(out, from);
}

size_t Policy::reset(const AmountChange& change, std::vector<Decision>& out) {
    size_t count = 0;
    const auto reset_one = [&](LimitSlot slot) {
        ledger_.follow_plan(slot.account);  // with what the buffer still holds for it
        if (has_counted(slot)) {
            reset_slot(slot, change, out);
            ++count;
        }
    };
    for_each_slot(change, reset_one, out);
    return count;
}

bool Policy::has_counted(LimitSlot slot) const {
    const auto& periods = ledger_.account(slot.account).periods;
    return std::any_of(periods.begin(), periods.end(), [&](const window::OpenPeriod& period) {
        return period.window == judged(slot).window && counted(slot, period.start_ms) != 0;
    });
}

void Policy::reset_slot(LimitSlot slot, const AmountChange& change, std::vector<Decision>& out) {
    LimitState& mine = state(slot);
    std::vector<WindowLevelRow> windows = mine.windows;
    for (const window::OpenPeriod& period : ledger_.account(slot.account).periods) {
        if (period.window != judged(slot).window) {
            continue;
        }
        const Int128 total = ledger_.period_total(
            slot.account, period.window, period.start_ms, rules(slot).limit().meter);
        const auto found = std::ranges::find(windows, period.start_ms, &WindowLevelRow::start_ms);
        if (found != windows.end()) {
            found->base = total;
        } else if (total != 0) {
            windows.push_back({period.start_ms, 0, total});
        }
    }
    replace_windows(slot, std::move(windows));
    touch(slot, mine);
    judge_anew(slot, {rules(slot), true}, change.effective_ms, out);
}

void Policy::follow_amounts(const AmountChange& change, std::vector<Decision>& out) {
    const auto follow = [&](LimitSlot slot) {
        const LimitRules before = rules(slot);
        ledger_.follow_plan(slot.account);
        if (ledger_.rolling().is_ema_reached(slot.account)) {
            watch_emas(slot.account);
        }
        judge_anew(slot, {before, false}, change.effective_ms, out);
    };
    for_each_slot(change, follow, out);
}

}  // namespace spantoll::enforce
