#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/account.h"
#include "schemas/limit.h"
#include "schemas/rows.h"
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
    Int128 amount = 0;     // the effective one of every account of the plan
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
    std::vector<CounterSpec> counters;  // the first is usd over 24 h, but of short-lived accounts
    std::vector<uint32_t> windows;      // calendar windows, indexes into CountingPlans::windows()
    // Configured periods that are not kept in memory: each charge is added to the row, unread.
    std::vector<uint32_t> merged_windows;
    bool is_short_lived = false;                 // then all configured periods are merged
    std::vector<JudgedLimit> limits;             // in the order of the configuration
    std::vector<EmaLimit> ema_limits;            // those of them that are judged by EMA
    std::vector<CalendarMeter> calendar_meters;  // of those that are judged over calendar windows
    bool is_off_minute = false;                  // one of `windows` is (WindowSpec)
};

// A calendar window that is counted: a configured period has FEDCOST rows, any other is only
// judged. The totals of a limit begin empty with it, whatever else is counted over its window: so
// limits share a window, its totals and its anchors only where they began together, and are a
// *series*. Those of the first series began with the store, as configured periods did, and share
// the totals of these. Limits on short-lived accounts have
// windows of their own, though the period may be configured as well.
struct CalendarWindow {
    WindowSpec window;
    bool is_configured = false;
    bool skips_failed = false;  // as Period::skips_failed
    uint32_t series = 0;        // as Period::series

    Period period(int64_t start_ms) const { return {window, start_ms, skips_failed, series}; }
};

// What there was before: by limit its series. Nothing on a fresh store.
struct LimitSeries {
    std::vector<Limit> limits;
    std::vector<uint32_t> series;
    bool is_fresh = true;
};
// By limit: its series. One that was there before (is_same_limit) goes on with its own; those that
// begin now are one that nobody had.
std::vector<uint32_t> series_of(const std::vector<Limit>& limits, const LimitSeries& before);

using PlanIndex = uint32_t;

struct PlanOptions {
    Zone zone{};                     // of the periods
    std::vector<uint32_t> series{};  // by limit; empty: they all were there from the beginning
};

// Which plan an account has, worked out from periods, kinds and limits. Accounts that the same
// limits hold for, with the same amounts, share one, if both or neither are short-lived: nearly all
// accounts of a kind do, and one that a limit names, that `where` chooses or that has an amount of
// its own has another.
//
// Plans are made when first asked for, and stay. Nothing else changes after construction. Thread:
// one.
class CountingPlans {
  public:
    CountingPlans(const AccountKinds& kinds,
                  const std::vector<WindowKind>& periods,
                  const std::vector<Limit>& limits,
                  const PlanOptions& options = {});

    PlanIndex plan_of(KindIndex kind, std::string_view account) const;
    // The effective amount of an account that the configuration gives `configured`: with what was
    // added to the limit for it, and not below 0.
    Int128 effective_amount(uint32_t limit, std::string_view account, Int128 configured) const;
    // What is added to the configured amount, of one account or, where it is empty, of all that the
    // limit holds for. The plans of accounts in memory are for the caller to look at again.
    void set_added(uint32_t limit, std::string_view account, Int128 added);
    // Lives as long as this.
    const Plan& at(PlanIndex index) const { return plans_[index]; }
    size_t size() const { return plans_.size(); }
    const std::vector<CalendarWindow>& windows() const { return windows_; }
    // Whether a limit over a calendar window is counted in a window, index into windows(): that of
    // short-lived accounts may be another one than everybody else's, with the same bounds.
    bool is_counted_in(uint32_t limit, uint32_t window) const {
        return places_[limit] == window || short_lived_places_[limit] == window;
    }
    // Where totals of this kind are counted, whenever the period starts; empty where they are not.
    std::optional<uint32_t> find_window(const Period& period) const;
    // Windows that each account has for itself.
    const std::vector<uint32_t>& per_account_windows() const { return per_account_; }
    // Distinct rolling lengths in minutes, ascending; 24 h is always among them.
    const std::vector<int64_t>& rolling_lengths() const { return rolling_lengths_; }
    // Whether some limit does not count spans with status error.
    bool skips_failed() const { return skips_failed_; }
    // How many distinct (meter, rolling window) pairs are counted.
    uint32_t counter_count() const { return static_cast<uint32_t>(counters_.size()); }

  private:
    // The limits that hold for an account, and its amount of each.
    using Amounts = std::vector<std::pair<uint32_t, Int128>>;
    // Whom a plan is for.
    struct Planned {
        Amounts amounts;
        bool is_short_lived = false;
        auto operator<=>(const Planned&) const = default;
    };
    // What is known of all accounts of a kind.
    struct KindLimits {
        std::vector<uint32_t> some;     // that hold for some of them at least
        std::optional<PlanIndex> plan;  // where all but strangers have the same
    };

    KindLimits limits_of(KindIndex kind) const;
    Amounts amounts_of(const AccountKind& kind,
                       const std::vector<uint32_t>& limits,
                       std::string_view account) const;
    PlanIndex plan_for(const Planned& planned) const;
    Plan make_plan(const Planned& planned) const;
    bool may_hold_for_short_lived(const Limit& limit) const;
    uint32_t counter_index(const Limit& limit);
    // Which window of a limit: of which series, and whether that of a configured period will do.
    struct WindowWanted {
        uint32_t series = 0;
        bool is_its_own = false;
    };
    uint32_t window_index(const Limit& limit, WindowWanted wanted);
    void count_window(Plan& plan, uint32_t window) const;

    // constant after construction
    AccountKinds kinds_;
    std::vector<WindowKind> periods_;
    std::vector<Limit> limits_;
    std::vector<uint32_t> places_;  // by limit: its CounterSpec::ordinal, or calendar window
    std::vector<uint32_t> short_lived_places_;  // the same of short-lived accounts
    std::vector<CalendarWindow> windows_;
    std::vector<uint32_t> per_account_;
    std::vector<int64_t> rolling_lengths_;
    bool skips_failed_ = false;
    std::vector<std::pair<Meter, int64_t>> counters_;  // by CounterSpec::ordinal
    std::vector<KindLimits> by_kind_;
    // By limit, and by account, "" for all; none is 0.
    std::map<std::pair<uint32_t, std::string>, Int128> added_;
    // as they are asked for
    mutable std::map<Planned, PlanIndex> by_planned_;
    mutable std::deque<Plan> plans_;
};

}  // namespace spantoll::window
