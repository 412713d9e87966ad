#include "window/calendar_periods.h"

#include <algorithm>
#include <limits>

#include "schemas/check.h"

namespace spantoll::window {

namespace {

PeriodBounds bounds_in(const WindowSpec& window, int64_t time_ms) {
    const Period period = period_of(window, EventTime{time_ms});
    return {period.start_ms, period_end_ms(period)};
}

}  // namespace

const PeriodBounds& CalendarPeriods::find_bounds(AccountIndex index,
                                                 uint32_t window,
                                                 int64_t time_ms) {
    const WindowSpec& spec = plans_.windows()[window].window;
    if (!spec.is_per_account()) {
        return bounds_cache_[window] = bounds_in(spec, time_ms);
    }
    const int64_t anchor_ms = anchors_.find(index, window).value_or(time_ms);
    return own_bounds_ = bounds_in(anchored_at(spec, anchor_ms), time_ms);
}

const PeriodBounds& CalendarPeriods::bounds_to_charge(AccountIndex index,
                                                      uint32_t window,
                                                      int64_t time_ms) {
    if (plans_.windows()[window].window.is_per_account()) {
        anchors_.find_or_begin(index, window, time_ms);
    }
    return find_bounds(index, window, time_ms);
}

void CalendarPeriods::find_alike(int64_t pane) {
    alike_begin_ = std::numeric_limits<int64_t>::min();
    alike_end_ = std::numeric_limits<int64_t>::max();
    for (uint32_t window = 0; window < bounds_cache_.size(); ++window) {
        if (plans_.windows()[window].window.is_off_minute()) {
            continue;  // nothing is deferred of accounts that have one
        }
        const PeriodBounds& bounds = bounds_of(kNoAccount, window, pane * kMinuteMs);
        alike_begin_ = std::max(alike_begin_, bounds.start_ms / kMinuteMs);
        alike_end_ = std::min(alike_end_, bounds.end_ms / kMinuteMs);
    }
}

PeriodTotals* CalendarPeriods::merged_totals(AccountIndex index,
                                             uint32_t window,
                                             const PeriodBounds& bounds,
                                             int64_t first_open) {
    rows_.mark_dirty(index);
    const CalendarWindow& calendar = plans_.windows()[window];
    const int64_t kept_ms = retention_ms_of(retention_, calendar.window.kind);
    // An ended window is never judged, and a row past its retention would be removed at once.
    if (!calendar.is_configured ||
        (first_open != kUnset && bounds.end_ms + kept_ms <= first_open * kMinuteMs)) {
        return nullptr;
    }
    const Period period = calendar.period(bounds.start_ms);
    std::string key = accounts_.text(index);
    key.append(reinterpret_cast<const char*>(&window), sizeof window);
    key.append(reinterpret_cast<const char*>(&bounds.start_ms), sizeof bounds.start_ms);
    const auto [found, is_new] = merges_.try_emplace(std::move(key));
    PeriodChange& change = found->second;
    if (is_new) {
        change.account = accounts_.text(index);
        change.period = period;
        change.is_configured = true;
    }
    return &change.totals;
}

OpenPeriod& CalendarPeriods::begin(AccountIndex index,
                                   uint32_t window,
                                   const PeriodBounds& bounds) {
    EndedPeriod& members = open_by_end_[{bounds.end_ms, window}];
    members.window = window;
    members.start_ms = bounds.start_ms;
    members.accounts.push_back(index);
    OpenPeriod period;
    period.window = window;
    period.start_ms = bounds.start_ms;
    return accounts_[index].periods.emplace_back(std::move(period));
}

Int128 CalendarPeriods::total(AccountIndex index,
                              uint32_t window,
                              int64_t start_ms,
                              const Meter& meter,
                              const MeterTable& meters) const {
    const OpenPeriod* const period = accounts_[index].find_period(window, start_ms);
    return period == nullptr ? 0 : amount_of(period->totals, meter, meters);
}

std::vector<EndedPeriod> CalendarPeriods::ended(int64_t first_open) const {
    std::vector<EndedPeriod> ended;
    for (const auto& [end_and_window, period] : open_by_end_) {
        if (end_and_window.first > first_open * kMinuteMs) {
            break;
        }
        ended.push_back(period);
        forget_given_up(ended.back());
    }
    return ended;
}

void CalendarPeriods::forget(const std::vector<EndedPeriod>& ended) {
    for (const EndedPeriod& gone : ended) {
        const CalendarWindow& calendar = plans_.windows()[gone.window];
        for (const AccountIndex index : gone.accounts) {
            Account& account = accounts_[index];
            OpenPeriod* const found = account.find_period(gone.window, gone.start_ms);
            CHECK(found != nullptr, "an open period is in its account");
            if (found->is_dirty || !calendar.is_configured) {
                PeriodChange change;
                change.account = accounts_.text(index);
                change.period = calendar.period(gone.start_ms);
                change.totals = std::move(found->totals);
                change.is_configured = calendar.is_configured;
                change.is_new = found->is_new;
                ended_totals_.push_back(std::move(change));
            }
            account.periods.erase(found);
            if (account.rows.is_charged) {
                rows_.mark_dirty(index);  // what the journal has of the period is in its totals
            }
        }
        const Period period = calendar.period(gone.start_ms);
        open_by_end_.erase({period_end_ms(period), gone.window});
    }
}

int64_t CalendarPeriods::next_end_pane() const {
    return open_by_end_.empty() ? std::numeric_limits<int64_t>::max()
                                : floor_divide(open_by_end_.begin()->first.first - 1, kMinuteMs);
}

void CalendarPeriods::hand_over(AccountIndex from, AccountIndex to) {
    const auto periods = std::exchange(accounts_[from].periods, {});
    for (const OpenPeriod& period : periods) {
        const Period named = period_named(period);
        if (!period.is_new) {
            const bool is_configured = plans_.windows()[period.window].is_configured;
            given_up_.push_back({accounts_.text(from), named, is_configured});
        }
        add_to_other(period, to);
        EndedPeriod& members = open_by_end_[{period_end_ms(named), period.window}];
        if (++members.given_up * 2 > members.accounts.size()) {
            forget_given_up(members);
        }
    }
    rows_.mark_dirty(to);
}

void CalendarPeriods::add_to_other(const OpenPeriod& from, AccountIndex to) {
    if (plans_.windows()[from.window].window.is_per_account()) {
        return;  // each has a lattice of its own
    }
    const std::vector<uint32_t>& counted = plans_.at(accounts_[to].plan).windows;
    if (std::find(counted.begin(), counted.end(), from.window) == counted.end()) {
        return;  // judged by limits that do not hold for it
    }
    OpenPeriod& into = open(to, from.window, {from.start_ms, period_end_ms(period_named(from))});
    add_totals(into.totals, from.totals);
    into.is_dirty = true;
}

// Who has the period, each once: an index that gave way may be another account's by now, which may
// have the same period.
void CalendarPeriods::forget_given_up(EndedPeriod& members) const {
    if (members.given_up == 0) {
        return;
    }
    std::sort(members.accounts.begin(), members.accounts.end());
    const auto repeated = std::unique(members.accounts.begin(), members.accounts.end());
    members.accounts.erase(repeated, members.accounts.end());
    std::erase_if(members.accounts, [&](AccountIndex account) {
        return accounts_[account].find_period(members.window, members.start_ms) == nullptr;
    });
    members.given_up = 0;
}

void CalendarPeriods::restore(AccountIndex index, const Period& period, PeriodTotals totals) {
    const std::vector<uint32_t>& planned = plans_.at(accounts_[index].plan).windows;
    const auto window = std::find_if(planned.begin(), planned.end(), [&](uint32_t each) {
        return plans_.windows()[each].period(period.start_ms) == period;
    });
    if (window == planned.end()) {
        give_up(accounts_.text(index), period);
        return;
    }
    OpenPeriod& restored = open(index, *window, {period.start_ms, period_end_ms(period)});
    restored.totals = std::move(totals);
    restored.is_new = false;
}

// A limit that asks for it later begins with nothing.
void CalendarPeriods::give_up(std::string_view account, const Period& period) {
    given_up_.push_back({std::string(account), period, false});
}

std::vector<PeriodChange> CalendarPeriods::take_ended_totals() {
    return std::exchange(ended_totals_, {});
}

std::vector<PeriodChange> CalendarPeriods::take_merges() {
    std::vector<PeriodChange> all;
    for (auto& [key, change] : merges_) {
        all.push_back(std::move(change));
    }
    merges_.clear();
    return all;
}

std::vector<CalendarPeriods::GivenUp> CalendarPeriods::take_given_up() {
    return std::exchange(given_up_, {});
}

}  // namespace spantoll::window
