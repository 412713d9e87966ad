#include "tools/checks/check_rules.h"

#include <algorithm>
#include <utility>

#include "window/calendar.h"

namespace spantoll::tools {
namespace {

bool matches(const Price& price, Dimension dimension, std::string_view text) {
    const auto& named = price.match[static_cast<size_t>(dimension)];
    return !named || *named == text;
}

bool is_blocking(const Step& step) {
    return step.action == Action::kBlock || step.action == Action::kQuarantine;
}

}  // namespace

CheckRules::CheckRules(const Settings& settings,
                       std::shared_ptr<const KeyTable> keys,
                       uint64_t seed)
    : settings_(settings),
      kinds_(settings_.accounts.kinds, settings_.accounts.short_lived),
      plans_(kinds_, settings_.periods, settings_.limits, {settings_.time.zone, {}}),
      names_({&kinds_, &plans_, seed}, std::move(keys)),
      prices_(settings_.prices),
      bounds_(settings_.limits.size()) {}

void CheckRules::set_added(const std::vector<AddedAmount>& amounts) {
    for (const AddedAmount& amount : amounts) {
        plans_.set_added(amount.limit, amount.account, amount.added);
    }
    names_.clear();
}

const std::vector<CheckedLimit>& CheckRules::limits_of(window::PlanIndex plan) {
    while (by_plan_.size() <= plan) {
        by_plan_.push_back(make_limits(plans_.at(static_cast<uint32_t>(by_plan_.size()))));
    }
    return by_plan_[plan];
}

std::vector<CheckedLimit> CheckRules::make_limits(const window::Plan& plan) const {
    std::vector<CheckedLimit> limits;
    for (const window::JudgedLimit& judged : plan.limits) {
        const std::vector<Step>& steps = settings_.limits[judged.limit].steps;
        CheckedLimit limit{judged.limit, judged.amount};
        // Percents ascend. What passes 100 x total > percent x amount passes this.
        if (const auto step = std::ranges::find_if(steps, is_blocking); step != steps.end()) {
            limit.blocks = true;
            limit.blocking = Int128{step->percent} * judged.amount / 100;
        }
        limits.push_back(limit);
    }
    return limits;
}

std::optional<uint32_t> CheckRules::limit_named(std::string_view name) const {
    const Limit* const found = find_limit(settings_.limits, name);
    return found == nullptr ? std::nullopt
                            : std::optional(static_cast<uint32_t>(found - settings_.limits.data()));
}

HeldLevel CheckRules::held_at(const CheckLevel& level, int64_t now_ms) {
    HeldLevel held;
    if (!level.valid_until_ms || *level.valid_until_ms > now_ms) {
        held = {level.level, level.valid_until_ms};
    }
    const std::optional<uint32_t> named =
        level.windows.empty() ? std::nullopt : limit_named(level.limit);
    if (!named) {
        return held;
    }
    const Limit& limit = settings_.limits[*named];
    for (const WindowLevelRow& window : level.windows) {
        const bool is_known =
            window.step > 0 && static_cast<size_t>(window.step) <= limit.steps.size();
        if (!is_known || !limit.window.has_end()) {
            continue;
        }
        const int64_t end_ms =
            limit.window.is_per_account()
                ? window.start_ms + limit.window.minutes * kMinuteMs
                : window::period_end_ms({limit.window, window.start_ms, false, 0});
        const Action action = limit.steps[static_cast<size_t>(window.step) - 1].action;
        if (window.start_ms <= now_ms && now_ms < end_ms && action >= held.level) {
            held = {action, end_ms};
        }
    }
    return held;
}

const window::PeriodBounds& CheckRules::bounds_of(uint32_t limit, int64_t now_ms) {
    window::PeriodBounds& bounds = bounds_[limit];
    if (now_ms < bounds.start_ms || now_ms >= bounds.end_ms) {
        const Period period = window::period_of(settings_.limits[limit].window, EventTime(now_ms));
        bounds = {period.start_ms, window::period_end_ms(period)};
    }
    return bounds;
}

ModelPrice CheckRules::model_price(std::string_view provider, std::string_view model) {
    std::string key(provider);
    key.push_back('\0');
    key.append(model);
    if (const auto known = by_model_.find(key); known != by_model_.end()) {
        return known->second;
    }
    ModelPrice found = ModelPrice::kNone;
    for (const Price& price : settings_.prices) {
        if (!matches(price, Dimension::kProvider, provider) ||
            !matches(price, Dimension::kModel, model)) {
            continue;
        }
        found = price.usd == Money() && found != ModelPrice::kPriced ? ModelPrice::kFree
                                                                     : ModelPrice::kPriced;
    }
    if (by_model_.size() >= kModelsMax) {
        by_model_.clear();
    }
    return by_model_[key] = found;
}

}  // namespace spantoll::tools
