#include "enforce/limit_rules.h"

#include <algorithm>

namespace spantoll::enforce {

bool refuses_overflow(const Limit& limit, const AccountKind& kind, std::string_view account) {
    return limit.on_overflow == Unsure::kRefuse && !limit.shadow && holds_for(limit, kind, account);
}

Int128 reset_base(const std::vector<WindowLevelRow>& windows, int64_t start_ms) {
    const auto found = std::ranges::find(windows, start_ms, &WindowLevelRow::start_ms);
    return found == windows.end() ? Int128{0} : found->base;
}

LimitRules::LimitRules(const Limit& limit, Int128 amount) : limit_(&limit), amount_(amount) {
    if (is_ema()) {
        reached_at_.push_back(amount);
        return;
    }
    for (const Step& step : limit.steps) {
        reached_at_.push_back(total_at(step.percent, amount));
    }
}

Action LimitRules::action_of(int32_t step) const {
    if (step == 0) {
        return Action::kNone;
    }
    return is_ema() ? limit_->action : limit_->steps[static_cast<size_t>(step - 1)].action;
}

int32_t LimitRules::step_reached(Int128 total) const {
    int32_t step = 0;
    while (step < step_count() && total >= next_threshold(step)) {
        ++step;
    }
    return step;
}

int32_t LimitRules::step_kept(int32_t present, Int128 total) const {
    if (total == 0 && limit_->window.is_rolling()) {
        return 0;
    }
    int32_t step = present;
    const auto keeps = [&](int32_t which) {
        const int32_t percent = limit_->steps[static_cast<size_t>(which - 1)].percent;
        return 100 * total >= Int128{percent - limit_->hysteresis} * amount_;
    };
    while (step > 0 && !keeps(step)) {
        --step;
    }
    return step;
}

bool LimitRules::ema_is_above(Int128 ema) const {
    return ema > amount_ * kEmaScale;
}

bool LimitRules::ema_is_cleared(Int128 ema) const {
    return 10 * ema <= 9 * amount_ * kEmaScale;
}

const std::vector<LimitRules>& RulesByPlan::of(window::PlanIndex plan) const {
    while (by_plan_.size() <= plan) {
        std::vector<LimitRules>& rules = by_plan_.emplace_back();
        const auto next = static_cast<window::PlanIndex>(by_plan_.size() - 1);
        for (const window::JudgedLimit& judged : plans_.at(next).limits) {
            rules.emplace_back(limits_[judged.limit], judged.amount);
        }
    }
    return by_plan_[plan];
}

}  // namespace spantoll::enforce
