#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/account.h"
#include "schemas/limit.h"
#include "schemas/settings.h"

namespace spantoll::window {

// A rolling counter that every account of a plan has.
struct CounterSpec {
    Meter meter;
    int64_t window_minutes = 0;
    std::vector<Alpha> alphas;
    uint32_t ordinal = 0;  // of (meter, window) among all that are counted
};

// A limit that applies to every account of a plan, and where to find the number that it judges.
struct JudgedLimit {
    uint32_t limit = 0;    // index in the configuration
    uint32_t counter = 0;  // rolling: index into Plan::counters
    uint32_t alpha = 0;    // EMA: index into CounterSpec::alphas
    uint32_t window = 0;   // calendar: index into CountingPlans::windows()
};

// From which EMA on a limit judged by EMA has something to do.
struct EmaLimit {
    uint32_t counter = 0;  // as JudgedLimit
    uint32_t alpha = 0;
    Int128 amount_scaled = 0;  // its amount times kEmaScale
};

// A meter that a limit judges over a calendar window.
struct CalendarMeter {
    uint32_t window = 0;  // index into CountingPlans::windows()
    Meter meter;
};

// What is counted for an account, and which limits judge it.
struct Plan {
    std::vector<CounterSpec> counters;  // the first is usd over 24 h
    std::vector<uint32_t> windows;      // calendar windows, indexes into CountingPlans::windows()
    std::vector<JudgedLimit> limits;    // in the order of the configuration
    std::vector<EmaLimit> ema_limits;   // those of them that are judged by EMA
    std::vector<CalendarMeter> calendar_meters;  // of those that are judged over calendar windows
};

// A calendar window that is counted: a configured period has FEDCOST rows, any other is only
// judged.
struct CalendarWindow {
    WindowSpec window;
    bool is_configured = false;
};

using PlanIndex = uint32_t;

// Which plan an account has, worked out once from periods, kinds and limits: most accounts of a
// kind share one; an account named by a limit has its own. Constant after construction.
class CountingPlans {
  public:
    CountingPlans(const AccountKinds& kinds,
                  const std::vector<WindowKind>& periods,
                  const std::vector<Limit>& limits);

    PlanIndex plan_of(KindIndex kind, std::string_view account) const;
    const Plan& at(PlanIndex index) const { return plans_[index]; }
    size_t size() const { return plans_.size(); }
    const std::vector<CalendarWindow>& windows() const { return windows_; }
    // Distinct rolling lengths in minutes, ascending; 24 h is always among them.
    const std::vector<int64_t>& rolling_lengths() const { return rolling_lengths_; }
    // How many distinct (meter, rolling window) pairs are counted.
    uint32_t counter_count() const { return static_cast<uint32_t>(counters_.size()); }

  private:
    PlanIndex make_plan(const AccountKind& kind,
                        std::string_view account,
                        bool is_stranger_account);
    uint32_t window_index(const WindowSpec& window);

    std::vector<WindowKind> periods_;
    std::vector<Limit> limits_;
    std::vector<CalendarWindow> windows_;
    std::vector<int64_t> rolling_lengths_;
    std::vector<std::pair<Meter, int64_t>> counters_;  // by CounterSpec::ordinal
    std::vector<Plan> plans_;
    std::vector<PlanIndex> by_kind_;
    std::map<std::string, PlanIndex, std::less<>> by_account_;
    PlanIndex of_strangers_ = 0;
};

}  // namespace spantoll::window
