#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/limit.h"
#include "schemas/rows.h"
#include "window/counting_plan.h"

namespace spantoll::enforce {

// Whether the limit refuses a name that has no account of its own because of max_per_kind: it
// would apply to that account, it is not a shadow limit, and says on_overflow = "refuse".
bool refuses_overflow(const Limit& limit, const AccountKind& kind, std::string_view account);

// What a calendar window had counted when a command reset the limit; 0 where none did.
Int128 reset_base(const std::vector<WindowLevelRow>& windows, int64_t start_ms);

// What a limit means to accounts of one effective amount: its steps worked out as totals. Steps are
// counted from 1; 0 = none. Borrows the limit.
class LimitRules {
  public:
    LimitRules(const Limit& limit, Int128 amount);
    LimitRules(Limit&& limit, Int128 amount) = delete;

    const Limit& limit() const { return *limit_; }
    // The effective one: what everything here is judged by.
    Int128 amount() const { return amount_; }
    int32_t step_count() const { return static_cast<int32_t>(reached_at_.size()); }
    Action action_of(int32_t step) const;

    // The least total that reaches the step after `step`; only for step < step_count().
    Int128 next_threshold(int32_t step) const { return reached_at_[static_cast<size_t>(step)]; }
    // The highest step with 100 * total >= percent * amount, from scratch.
    int32_t step_reached(Int128 total) const;
    // The highest step q, not above `present`, with 100 * total >= (percent - hysteresis) * amount.
    // A rolling total of 0 is at no step.
    int32_t step_kept(int32_t present, Int128 total) const;

    bool is_ema() const { return limit_->judge == Judge::kEma; }
    // E > amount, E <= 90 % of amount; E in fixed point (kEmaScale).
    bool ema_is_above(Int128 ema) const;
    bool ema_is_cleared(Int128 ema) const;

    // A warn of a rolling window has no lease.
    bool is_lease(int32_t step) const {
        return limit_->window.is_rolling() && step > 0 && action_of(step) != Action::kWarn;
    }

  private:
    const Limit* limit_;
    Int128 amount_;
    std::vector<Int128> reached_at_;  // per step: ceil(percent * amount / 100)
};

// The rules of each plan's limits, by JudgedLimit; worked out when first asked for, as plans are.
class RulesByPlan {
  public:
    // Both outlive it.
    RulesByPlan(const std::vector<Limit>& limits, const window::CountingPlans& plans)
        : limits_(limits), plans_(plans) {}
    const std::vector<LimitRules>& of(window::PlanIndex plan) const;

  private:
    const std::vector<Limit>& limits_;
    const window::CountingPlans& plans_;
    mutable std::deque<std::vector<LimitRules>> by_plan_;
};

}  // namespace spantoll::enforce
