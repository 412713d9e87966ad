#include "enforce/limit_rules.h"

#include "schemas/rows.h"

namespace spantoll::enforce {

bool refuses_overflow(const Limit& limit, const AccountKind& kind, std::string_view account) {
    if (limit.on_overflow != OnOverflow::kRefuse || limit.shadow) {
        return false;
    }
    switch (limit.selection) {
        case Selection::kAccount:
            return limit.account == account;
        case Selection::kKind:
            return limit.kind == kind.name;
        case Selection::kAll:
            break;
    }
    return true;
}

LimitRules::LimitRules(const Limit& limit) : limit_(limit) {
    if (is_ema()) {
        limit_.steps = {Step{100, limit_.action}};
    }
    for (const Step& step : limit_.steps) {
        reached_at_.push_back((Int128{step.percent} * limit_.amount + 99) / 100);
    }
}

Action LimitRules::action_of(int32_t step) const {
    return step == 0 ? Action::kNone : limit_.steps[static_cast<size_t>(step - 1)].action;
}

int32_t LimitRules::step_reached(Int128 total) const {
    int32_t step = 0;
    while (step < step_count() && total >= next_threshold(step)) {
        ++step;
    }
    return step;
}

int32_t LimitRules::step_kept(int32_t present, Int128 total) const {
    if (total == 0 && limit_.window.is_rolling()) {
        return 0;
    }
    int32_t step = present;
    const auto keeps = [&](int32_t which) {
        const int32_t percent = limit_.steps[static_cast<size_t>(which - 1)].percent;
        return 100 * total >= Int128{percent - limit_.hysteresis} * limit_.amount;
    };
    while (step > 0 && !keeps(step)) {
        --step;
    }
    return step;
}

bool LimitRules::ema_is_above(Int128 ema) const {
    return ema > limit_.amount * kEmaScale;
}

bool LimitRules::ema_is_cleared(Int128 ema) const {
    return 10 * ema <= 9 * limit_.amount * kEmaScale;
}

}  // namespace spantoll::enforce
