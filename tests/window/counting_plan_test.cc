#include "window/counting_plan.h"

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

Limit limit_on(Selection selection, const std::string& selected, WindowSpec window) {
    Limit limit;
    limit.name = "limit";
    limit.selection = selection;
    (selection == Selection::kAccount ? limit.account : limit.kind) = selected;
    limit.meter = Meter{MeterKind::kRequests, {}};
    limit.window = window;
    limit.steps = {Step{}};
    return limit;
}

constexpr WindowSpec kHour{WindowKind::kHour, 0};
constexpr WindowSpec kRollingHour{WindowKind::kRolling, 60};

struct Plans {
    AccountKinds kinds;
    CountingPlans plans;
    explicit Plans(const std::vector<Limit>& limits) : plans(kinds, {WindowKind::kMonth}, limits) {}
    const Plan& of(std::string_view account) const {
        return plans.at(plans.plan_of(kinds.kind_of(account).value(), account));
    }
};

TEST(CountingPlan, EveryAccountHasUsdOverADayWithOneTenth) {
    const Plans plans({});
    for (const std::string_view account : {"global", "x.org", "service:a", "service:~other"}) {
        const Plan& plan = plans.of(account);
        ASSERT_EQ(plan.counters.size(), 1U);
        EXPECT_EQ(plan.counters[0].meter.kind, MeterKind::kUsd);
        EXPECT_EQ(plan.counters[0].window_minutes, 24 * 60);
        EXPECT_EQ(plan.counters[0].alphas, std::vector<Alpha>{Alpha{}});
        EXPECT_EQ(plan.windows.size(), 1U);
        EXPECT_TRUE(plan.limits.empty());
    }
    EXPECT_EQ(plans.plans.rolling_lengths(), std::vector<int64_t>{24 * 60});
}

TEST(CountingPlan, ALimitOnAKindDoesNotHoldForStrangers) {
    const Plans plans({limit_on(Selection::kKind, "service", kRollingHour)});
    EXPECT_EQ(plans.of("service:a").limits.size(), 1U);
    EXPECT_EQ(plans.of("service:a").counters.size(), 2U);
    EXPECT_TRUE(plans.of("service:~other").limits.empty());
    EXPECT_TRUE(plans.of("service:~invalid").limits.empty());
    EXPECT_TRUE(plans.of("team:a").limits.empty());
}

TEST(CountingPlan, ALimitOnAllDoesNotHoldForStrangers) {
    const Plans plans({limit_on(Selection::kAll, "", kRollingHour)});
    EXPECT_EQ(plans.of("global").limits.size(), 1U);
    EXPECT_EQ(plans.of("team:a").limits.size(), 1U);
    EXPECT_TRUE(plans.of("domain:~invalid").limits.empty());
}

TEST(CountingPlan, ALimitMayNameAStranger) {
    const Plans plans({limit_on(Selection::kAccount, "service:~other", kHour)});
    EXPECT_EQ(plans.of("service:~other").limits.size(), 1U);
    EXPECT_TRUE(plans.of("service:~invalid").limits.empty());
    EXPECT_TRUE(plans.of("service:a").limits.empty());
}

TEST(CountingPlan, AWindowWithoutAPeriodIsCountedButNotConfigured) {
    const Plans plans({limit_on(Selection::kKind, "service", kHour)});
    const Plan& plan = plans.of("service:a");
    ASSERT_EQ(plan.windows.size(), 2U);
    EXPECT_TRUE(plans.plans.windows()[plan.windows[0]].is_configured);
    EXPECT_FALSE(plans.plans.windows()[plan.windows[1]].is_configured);
    EXPECT_EQ(plans.of("team:a").windows.size(), 1U);
}

TEST(CountingPlan, LimitsOnTheSameMeterAndWindowShareACounter) {
    const Plans plans({limit_on(Selection::kKind, "service", kRollingHour),
                       limit_on(Selection::kAccount, "service:a", kRollingHour)});
    EXPECT_EQ(plans.of("service:a").limits.size(), 2U);
    EXPECT_EQ(plans.of("service:a").counters.size(), 2U);
    EXPECT_EQ(plans.of("service:b").limits.size(), 1U);
    EXPECT_EQ(plans.plans.counter_count(), 2U);
}

TEST(CountingPlan, AccountsWithTheSameLimitsAndAmountsShareAPlan) {
    Limit chosen = limit_on(Selection::kKind, "team", kRollingHour);
    chosen.where = {parse_value_pattern(Dimension::kTeam, "a*")};
    chosen.amount = 10;
    chosen.overrides = {{"team:a3", 30}, {"team:a4", 30}, {"team:b", 50}};
    const Plans plans({chosen});
    EXPECT_EQ(&plans.of("team:a1"), &plans.of("team:a2"));
    EXPECT_EQ(plans.of("team:a1").limits.at(0).amount, 10);
    EXPECT_EQ(&plans.of("team:a3"), &plans.of("team:a4"));
    EXPECT_EQ(plans.of("team:a3").limits.at(0).amount, 30);
    EXPECT_TRUE(plans.of("team:b").limits.empty());
    EXPECT_EQ(plans.of("team:b").counters.size(), 1U);
    EXPECT_EQ(&plans.of("team:b"), &plans.of("user:b"));
    EXPECT_TRUE(plans.of("team:~other").limits.empty());
    EXPECT_EQ(plans.plans.counter_count(), 2U);
}

TEST(CountingPlan, AnEmaIsWatchedFromTheAmountOfTheAccount) {
    Limit ema = limit_on(Selection::kKind, "team", kRollingHour);
    ema.judge = Judge::kEma;
    ema.amount = 10;
    ema.overrides = {{"team:a", 3}};
    const Plans plans({ema});
    EXPECT_EQ(plans.of("team:a").ema_limits.at(0).amount_scaled, 3'000'000);
    EXPECT_EQ(plans.of("team:b").ema_limits.at(0).amount_scaled, 10'000'000);
}

TEST(CountingPlan, ShortLivedAccountsHaveWhatLimitsAskFor) {
    const WindowSpec month{WindowKind::kMonth, 0};
    const Plans plans({limit_on(Selection::kKind, "session", kRollingHour),
                       limit_on(Selection::kKind, "end_user", month)});
    const Plan& session = plans.of("session:a");
    EXPECT_TRUE(session.is_short_lived);
    ASSERT_EQ(session.counters.size(), 1U);
    EXPECT_EQ(session.counters[0].window_minutes, 60);
    EXPECT_TRUE(session.windows.empty());
    EXPECT_EQ(session.merged_windows, std::vector<uint32_t>{0});
    // The limit's month is another one than that of the rows.
    const Plan& end_user = plans.of("end_user:a");
    EXPECT_TRUE(end_user.counters.empty());
    ASSERT_EQ(end_user.windows.size(), 1U);
    EXPECT_FALSE(plans.plans.windows()[end_user.windows[0]].is_configured);
    EXPECT_EQ(plans.plans.windows()[end_user.windows[0]].window, month);
    EXPECT_EQ(end_user.merged_windows, std::vector<uint32_t>{0});
    EXPECT_TRUE(plans.of("session:~other").counters.empty());
    EXPECT_EQ(plans.of("session:~other").merged_windows, std::vector<uint32_t>{0});
    EXPECT_TRUE(plans.of("user:a").merged_windows.empty());
    EXPECT_EQ(plans.of("user:a").windows, std::vector<uint32_t>{0});
}

// ---- series: whose totals over a window

Limit named(const std::string& name, WindowSpec window) {
    Limit limit = limit_on(Selection::kKind, "service", window);
    limit.name = name;
    return limit;
}

const WindowSpec kOwn{WindowKind::kEvery, 300, kAnchorFirst};

TEST(CountingPlan, LimitsThatBeganTogetherShareAWindow) {
    const AccountKinds kinds;
    const std::vector<Limit> limits{named("a", kHour), named("b", kHour), named("c", kHour)};
    const CountingPlans plans(kinds, {WindowKind::kMonth}, limits, {{}, {4, 4, 5}});
    const Plan& plan = plans.at(plans.plan_of(kinds.kind_of("service:x").value(), "service:x"));
    EXPECT_EQ(plan.windows, (std::vector<uint32_t>{0, 1, 2}));
    EXPECT_EQ(plan.limits[0].window, plan.limits[1].window);
    EXPECT_NE(plan.limits[0].window, plan.limits[2].window);
    EXPECT_EQ(plans.find_window({kHour, 0, false, 4}), plan.limits[0].window);
    EXPECT_EQ(plans.find_window({kHour, 3'600'000, false, 5}), plan.limits[2].window);
    EXPECT_EQ(plans.find_window({kHour, 0, false, 0}), std::nullopt);
    EXPECT_EQ(plans.find_window({kHour, 0, true, 4}), std::nullopt);
}

TEST(CountingPlan, LimitsOfOneSeriesShareAWindowWhereTheyLeaveOutTheSame) {
    const AccountKinds kinds;
    std::vector<Limit> limits{named("a", kHour), named("b", kHour), named("c", kHour)};
    limits[1].count_failed = false;
    limits[2].count_failed = false;
    const CountingPlans plans(kinds, {WindowKind::kMonth}, limits, {{}, {4, 4, 4}});
    EXPECT_TRUE(plans.is_counted_in(0, 1));
    EXPECT_TRUE(plans.is_counted_in(1, 2));
    EXPECT_TRUE(plans.is_counted_in(2, 2));
    EXPECT_EQ(plans.find_window({kHour, 0, true, 4}), 2U);
}

TEST(CountingPlan, ALimitThatBeganWithAConfiguredPeriodHasItsTotals) {
    const AccountKinds kinds;
    const WindowSpec month{WindowKind::kMonth};
    WindowSpec berlin = month;
    berlin.zone = *Zone::named("Europe/Berlin");
    const std::vector<Limit> limits{named("a", berlin), named("b", month), named("c", berlin)};
    const CountingPlans plans(kinds, {WindowKind::kMonth}, limits, {berlin.zone, {0, 0, 7}});
    ASSERT_EQ(plans.windows().size(), 3U);
    EXPECT_TRUE(plans.windows()[0].is_configured);
    EXPECT_TRUE(plans.is_counted_in(0, 0));
    EXPECT_TRUE(plans.is_counted_in(1, 1));
    EXPECT_TRUE(plans.is_counted_in(2, 2));
    EXPECT_FALSE(plans.windows()[1].is_configured);
    EXPECT_FALSE(plans.windows()[2].is_configured);
    EXPECT_EQ(plans.find_window({berlin, 0, false, 0}), 0U);
    EXPECT_EQ(plans.find_window({berlin, 0, false, 7}), 2U);
}

TEST(CountingPlan, KnowsWindowsThatBeginWithinAPane) {
    WindowSpec half_past = kOwn;
    half_past.anchor_ms = 30'000;
    WindowSpec whole = kOwn;
    whole.anchor_ms = 120'000;
    EXPECT_TRUE(Plans({named("a", kOwn)}).of("service:x").is_off_minute);
    EXPECT_TRUE(Plans({named("a", half_past)}).of("service:x").is_off_minute);
    EXPECT_FALSE(Plans({named("a", whole)}).of("service:x").is_off_minute);
    EXPECT_FALSE(Plans({named("a", kOwn)}).of("team:x").is_off_minute);
    EXPECT_EQ(Plans({named("a", kOwn)}).plans.per_account_windows(), std::vector<uint32_t>{1});
    EXPECT_TRUE(Plans({named("a", whole)}).plans.per_account_windows().empty());
}

TEST(SeriesOf, IsKeptByWhoeverGoesOnAndNewForWhoeverBegins) {
    const std::vector<Limit> before{named("a", kHour), named("b", kOwn)};
    EXPECT_EQ(series_of(before, {}), (std::vector<uint32_t>{0, 0}));
    std::vector<Limit> after{named("c", kHour), named("b", kOwn), named("a", kHour)};
    after[1].amount = 7;  // still the same limit
    EXPECT_EQ(series_of(after, {before, {0, 3}, false}), (std::vector<uint32_t>{4, 3, 0}));
    after[2].meter = Meter{MeterKind::kUsd, {}};
    EXPECT_EQ(series_of(after, {before, {0, 3}, false}), (std::vector<uint32_t>{4, 3, 4}));
    after[1].count_failed = false;
    EXPECT_EQ(series_of(after, {before, {0, 3}, false}), (std::vector<uint32_t>{4, 4, 4}));
}

// Configured periods have counted since then.
TEST(SeriesOf, IsNotTheFirstWhereNoLimitWasThereBefore) {
    EXPECT_EQ(series_of({named("a", kHour)}, {{}, {}, false}), std::vector<uint32_t>{1});
}

}  // namespace
}  // namespace spantoll::window
