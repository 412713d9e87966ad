#include "window/counting_plan.h"

#include <algorithm>

#include "schemas/rows.h"

namespace spantoll::window {
namespace {

constexpr int64_t kDayMinutes = kDayMs / kMinuteMs;

// Whether the limit holds for some accounts of the kind at least.
bool may_hold_for(const Limit& limit, const AccountKinds& kinds, const AccountKind& kind) {
    switch (limit.selection) {
        case Selection::kAccount:
            return &kinds.at(kinds.kind_of(limit.account).value_or(kGlobalKind)) == &kind;
        case Selection::kKind:
            return limit.kind == kind.name;
        case Selection::kAll:
            break;
    }
    return true;
}

// Whether it holds for all accounts of its kind but strangers, with the same amount.
bool is_even(const Limit& limit) {
    return limit.selection != Selection::kAccount && limit.where.empty() && limit.overrides.empty();
}

uint32_t counter_in_plan(Plan& plan, const CounterSpec& spec) {
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        if (plan.counters[i].ordinal == spec.ordinal) {
            return static_cast<uint32_t>(i);
        }
    }
    plan.counters.push_back(spec);
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

std::vector<uint32_t> series_of(const std::vector<Limit>& limits, const LimitSeries& before) {
    uint32_t next = before.is_fresh ? 0 : 1;
    for (const uint32_t series : before.series) {
        next = std::max(next, series + 1);
    }
    std::vector<uint32_t> all;
    all.reserve(limits.size());
    for (const Limit& limit : limits) {
        const auto origin =
            std::find_if(before.limits.begin(), before.limits.end(), [&](const Limit& known) {
                return is_same_limit(known, limit);
            });
        const auto place = static_cast<size_t>(origin - before.limits.begin());
        all.push_back(origin == before.limits.end() ? next : before.series[place]);
    }
    return all;
}

CountingPlans::CountingPlans(const AccountKinds& kinds,
                             const std::vector<WindowKind>& periods,
                             const std::vector<Limit>& limits,
                             const PlanOptions& options)
    : kinds_(kinds), periods_(periods), limits_(limits) {
    for (const WindowSpec& window : configured_windows(periods_, options.zone)) {
        windows_.push_back({window, true});
    }
    counters_.emplace_back(Meter{MeterKind::kUsd, {}}, kDayMinutes);
    for (const Limit& limit : limits_) {
        const uint32_t series = options.series.empty() ? 0 : options.series[places_.size()];
        if (limit.window.is_rolling()) {
            places_.push_back(counter_index(limit));
            short_lived_places_.push_back(places_.back());
        } else {
            places_.push_back(window_index(limit, {series, false}));
            short_lived_places_.push_back(may_hold_for_short_lived(limit)
                                              ? window_index(limit, {series, true})
                                              : places_.back());
        }
        skips_failed_ = skips_failed_ || !limit.count_failed;
    }
    for (const auto& [meter, minutes] : counters_) {
        rolling_lengths_.push_back(minutes);
    }
    std::sort(rolling_lengths_.begin(), rolling_lengths_.end());
    rolling_lengths_.erase(std::unique(rolling_lengths_.begin(), rolling_lengths_.end()),
                           rolling_lengths_.end());
    for (KindIndex kind = 0; kind < kinds_.all().size(); ++kind) {
        by_kind_.push_back(limits_of(kind));
    }
}

bool CountingPlans::may_hold_for_short_lived(const Limit& limit) const {
    for (KindIndex kind = 0; kind < kinds_.all().size(); ++kind) {
        if (kinds_.is_short_lived(kind) && may_hold_for(limit, kinds_, kinds_.at(kind))) {
            return true;
        }
    }
    return false;
}

uint32_t CountingPlans::counter_index(const Limit& limit) {
    const std::pair<Meter, int64_t> key{counted_meter(limit), limit.window.minutes};
    const auto found = std::find(counters_.begin(), counters_.end(), key);
    const auto index = static_cast<uint32_t>(found - counters_.begin());
    if (found == counters_.end()) {
        counters_.push_back(key);
    }
    return index;
}

uint32_t CountingPlans::window_index(const Limit& limit, WindowWanted wanted) {
    const Period period{limit.window, 0, !limit.count_failed, wanted.series};
    for (size_t i = 0; i < windows_.size(); ++i) {
        if (windows_[i].period(0) == period && !(wanted.is_its_own && windows_[i].is_configured)) {
            return static_cast<uint32_t>(i);
        }
    }
    const auto index = static_cast<uint32_t>(windows_.size());
    windows_.push_back({period.window, false, period.skips_failed, period.series});
    if (period.window.is_per_account()) {
        per_account_.push_back(index);
    }
    return index;
}

CountingPlans::KindLimits CountingPlans::limits_of(KindIndex kind) const {
    KindLimits mine;
    Amounts amounts;
    bool are_even = true;
    for (uint32_t i = 0; i < limits_.size(); ++i) {
        if (may_hold_for(limits_[i], kinds_, kinds_.at(kind))) {
            mine.some.push_back(i);
            amounts.emplace_back(i, limits_[i].amount);
            are_even = are_even && is_even(limits_[i]);
        }
    }
    if (are_even) {
        mine.plan = plan_for({std::move(amounts), kinds_.is_short_lived(kind)});
    }
    return mine;
}

CountingPlans::Amounts CountingPlans::amounts_of(const AccountKind& kind,
                                                 const std::vector<uint32_t>& limits,
                                                 std::string_view account) const {
    Amounts amounts;
    for (const uint32_t limit : limits) {
        if (holds_for(limits_[limit], kind, account)) {
            amounts.emplace_back(
                limit,
                effective_amount(limit, account, configured_amount(limits_[limit], account)));
        }
    }
    return amounts;
}

PlanIndex CountingPlans::plan_of(KindIndex kind, std::string_view account) const {
    const KindLimits& mine = by_kind_[kind];
    if (mine.plan && added_.empty() && !is_stranger(account)) {
        return *mine.plan;
    }
    return plan_for({amounts_of(kinds_.at(kind), mine.some, account), kinds_.is_short_lived(kind)});
}

Int128 CountingPlans::effective_amount(uint32_t limit,
                                       std::string_view account,
                                       Int128 configured) const {
    Int128 amount = configured;
    for (const std::string_view of : {account, std::string_view()}) {
        const auto found = added_.find(std::pair{limit, std::string(of)});
        amount += found == added_.end() ? 0 : found->second;
    }
    return std::max(amount, Int128{0});
}

void CountingPlans::set_added(uint32_t limit, std::string_view account, Int128 added) {
    const std::pair key{limit, std::string(account)};
    if (added == 0) {
        added_.erase(key);
    } else {
        added_[key] = added;
    }
}

PlanIndex CountingPlans::plan_for(const Planned& planned) const {
    const auto [found, is_new] =
        by_planned_.try_emplace(planned, static_cast<PlanIndex>(plans_.size()));
    if (is_new) {
        plans_.push_back(make_plan(planned));
    }
    return found->second;
}

Plan CountingPlans::make_plan(const Planned& planned) const {
    const std::vector<uint32_t>& places = planned.is_short_lived ? short_lived_places_ : places_;
    Plan plan;
    plan.is_short_lived = planned.is_short_lived;
    if (!plan.is_short_lived) {
        plan.counters.push_back({counters_[0].first, counters_[0].second, {Alpha{}}, 0});
    }
    for (size_t i = 0; i < periods_.size(); ++i) {
        (plan.is_short_lived ? plan.merged_windows : plan.windows)
            .push_back(static_cast<uint32_t>(i));
    }
    for (const auto& [index, amount] : planned.amounts) {
        const Limit& limit = limits_[index];
        JudgedLimit judged;
        judged.limit = index;
        judged.amount = amount;
        if (limit.window.is_rolling()) {
            const auto& [meter, minutes] = counters_[places[index]];
            judged.counter = counter_in_plan(plan, {meter, minutes, {}, places[index]});
            if (limit.judge == Judge::kEma) {
                judged.alpha = alpha_index(plan.counters[judged.counter], limit.alpha);
                plan.ema_limits.push_back({judged.counter, judged.alpha, amount * kEmaScale});
            }
        } else {
            judged.window = places[index];
            plan.calendar_meters.push_back({judged.window, counted_meter(limit)});
            count_window(plan, judged.window);
        }
        plan.limits.push_back(judged);
    }
    return plan;
}

void CountingPlans::count_window(Plan& plan, uint32_t window) const {
    if (std::find(plan.windows.begin(), plan.windows.end(), window) == plan.windows.end()) {
        plan.windows.push_back(window);
        plan.is_off_minute |= windows_[window].window.is_off_minute();
    }
}

std::optional<uint32_t> CountingPlans::find_window(const Period& period) const {
    for (size_t i = 0; i < windows_.size(); ++i) {
        if (windows_[i].period(period.start_ms) == period) {
            return static_cast<uint32_t>(i);
        }
    }
    return std::nullopt;
}

}  // namespace spantoll::window
