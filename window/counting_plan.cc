#include "window/counting_plan.h"

#include <algorithm>

#include "schemas/rows.h"

namespace spantoll::window {
namespace {

constexpr int64_t kDayMinutes = kDayMs / kMinuteMs;

// Whether the limit applies to an account; `account` is empty for "any other of this kind".
bool selects(const Limit& limit,
             const AccountKind& kind,
             std::string_view account,
             bool is_strange) {
    switch (limit.selection) {
        case Selection::kAccount:
            return limit.account == account;
        case Selection::kKind:
            return limit.kind == kind.name && !is_strange;
        case Selection::kAll:
            return !is_strange;
    }
    return false;
}

uint32_t counter_index(Plan& plan, const Limit& limit) {
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        const CounterSpec& counter = plan.counters[i];
        if (counter.meter == limit.meter && counter.window_minutes == limit.window.minutes) {
            return static_cast<uint32_t>(i);
        }
    }
    plan.counters.push_back({limit.meter, limit.window.minutes, {}, 0});
    return static_cast<uint32_t>(plan.counters.size() - 1);
}

uint32_t alpha_index(CounterSpec& counter, Alpha alpha) {
    const auto found = std::find(counter.alphas.begin(), counter.alphas.end(), alpha);
    const auto index = static_cast<uint32_t>(found - counter.alphas.begin());
    if (found == counter.alphas.end()) {
        counter.alphas.push_back(alpha);
    }
    return index;
}

}  // namespace

CountingPlans::CountingPlans(const AccountKinds& kinds,
                             const std::vector<WindowKind>& periods,
                             const std::vector<Limit>& limits)
    : periods_(periods), limits_(limits) {
    for (const WindowKind period : periods_) {
        windows_.push_back({WindowSpec{period, 0}, true});
    }
    for (const AccountKind& kind : kinds.all()) {
        by_kind_.push_back(make_plan(kind, {}, false));
    }
    of_strangers_ = make_plan(AccountKind{}, {}, true);
    for (const Limit& limit : limits_) {
        const std::string& account = limit.account;
        if (limit.selection != Selection::kAccount || by_account_.contains(account)) {
            continue;
        }
        const KindIndex kind = kinds.kind_of(account).value_or(kGlobalKind);
        by_account_.emplace(account, make_plan(kinds.at(kind), account, is_stranger(account)));
    }
    for (Plan& plan : plans_) {
        for (CounterSpec& counter : plan.counters) {
            rolling_lengths_.push_back(counter.window_minutes);
            const std::pair<Meter, int64_t> key{counter.meter, counter.window_minutes};
            const auto found = std::find(counters_.begin(), counters_.end(), key);
            counter.ordinal = static_cast<uint32_t>(found - counters_.begin());
            if (found == counters_.end()) {
                counters_.push_back(key);
            }
        }
    }
    std::sort(rolling_lengths_.begin(), rolling_lengths_.end());
    rolling_lengths_.erase(std::unique(rolling_lengths_.begin(), rolling_lengths_.end()),
                           rolling_lengths_.end());
}

PlanIndex CountingPlans::plan_of(KindIndex kind, std::string_view account) const {
    if (const auto named = by_account_.find(account); named != by_account_.end()) {
        return named->second;
    }
    return is_stranger(account) ? of_strangers_ : by_kind_[kind];
}

PlanIndex CountingPlans::make_plan(const AccountKind& kind,
                                   std::string_view account,
                                   bool is_stranger_account) {
    Plan plan;
    plan.counters.push_back({Meter{MeterKind::kUsd, {}}, kDayMinutes, {Alpha{}}, 0});
    for (size_t i = 0; i < periods_.size(); ++i) {
        plan.windows.push_back(static_cast<uint32_t>(i));
    }
    for (size_t i = 0; i < limits_.size(); ++i) {
        const Limit& limit = limits_[i];
        if (!selects(limit, kind, account, is_stranger_account)) {
            continue;
        }
        JudgedLimit judged;
        judged.limit = static_cast<uint32_t>(i);
        if (limit.window.is_rolling()) {
            judged.counter = counter_index(plan, limit);
            if (limit.judge == Judge::kEma) {
                judged.alpha = alpha_index(plan.counters[judged.counter], limit.alpha);
                plan.ema_limits.push_back({judged.counter, judged.alpha, limit.amount * kEmaScale});
            }
        } else {
            judged.window = window_index(limit.window);
            plan.calendar_meters.push_back({judged.window, limit.meter});
            if (std::find(plan.windows.begin(), plan.windows.end(), judged.window) ==
                plan.windows.end()) {
                plan.windows.push_back(judged.window);
            }
        }
        plan.limits.push_back(judged);
    }
    plans_.push_back(std::move(plan));
    return static_cast<PlanIndex>(plans_.size() - 1);
}

uint32_t CountingPlans::window_index(const WindowSpec& window) {
    for (size_t i = 0; i < windows_.size(); ++i) {
        if (windows_[i].window == window) {
            return static_cast<uint32_t>(i);
        }
    }
    windows_.push_back({window, false});
    return static_cast<uint32_t>(windows_.size() - 1);
}

}  // namespace spantoll::window
