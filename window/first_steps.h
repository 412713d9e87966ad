#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "schemas/int128.h"
#include "schemas/meter.h"
#include "window/counting_plan.h"

namespace spantoll::window {

// Per plan: the lowest totals at which any limit can act on an account that has no level. A
// charge that stays below all of them needs no judging. Limits judged by EMA act at closings alone.
struct FirstSteps {
    struct Rolling {
        uint32_t counter = 0;  // index into Plan::counters
        Int128 total = 0;
        MeterKind meter = MeterKind::kUsd;
    };
    struct Calendar {
        uint32_t window = 0;  // index into CountingPlans::windows()
        Int128 total = 0;
        Meter meter;
    };
    std::vector<Rolling> rolling;
    std::vector<Calendar> calendar;
};

// By plan, each worked out when it is first asked for, as plans are.
class FirstStepsByPlan {
  public:
    using Make = std::function<FirstSteps(const Plan&)>;
    explicit FirstStepsByPlan(const CountingPlans& plans) : plans_(plans) {}

    void set(Make make) {
        make_ = std::move(make);
        by_plan_.clear();
    }
    // Where not, every charge is judged.
    bool is_set() const { return make_ != nullptr; }
    // Only where set. Lives until the next call.
    const FirstSteps& of(PlanIndex plan) const {
        while (by_plan_.size() <= plan) {
            by_plan_.push_back(make_(plans_.at(static_cast<PlanIndex>(by_plan_.size()))));
        }
        return by_plan_[plan];
    }

  private:
    const CountingPlans& plans_;
    Make make_;
    mutable std::vector<FirstSteps> by_plan_;
};

}  // namespace spantoll::window
