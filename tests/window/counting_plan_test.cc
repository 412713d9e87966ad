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

}  // namespace
}  // namespace spantoll::window
