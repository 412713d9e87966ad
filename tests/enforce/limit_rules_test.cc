#include "enforce/limit_rules.h"

#include <gtest/gtest.h>

#include "schemas/rows.h"

namespace spantoll::enforce {
namespace {

Limit limit_of(Int128 amount) {
    Limit limit;
    limit.amount = amount;
    limit.window = {WindowKind::kRolling, 60};
    limit.steps = {{80, Action::kWarn}, {95, Action::kThrottle}, {100, Action::kBlock}};
    return limit;
}

TEST(LimitRules, AStepIsReachedAtItsPercentAndNotBelow) {
    const Limit limit = limit_of(25);  // 20, 23.75, 25
    const LimitRules rules(limit, limit.amount);
    EXPECT_EQ(rules.step_reached(19), 0);
    EXPECT_EQ(rules.step_reached(20), 1);
    EXPECT_EQ(rules.step_reached(23), 1);
    EXPECT_EQ(rules.step_reached(24), 2);
    EXPECT_EQ(rules.step_reached(25), 3);
    EXPECT_EQ(rules.next_threshold(1), 24);  // the least whole number that is 95 % of 25
    EXPECT_EQ(rules.action_of(0), Action::kNone);
    EXPECT_EQ(rules.action_of(3), Action::kBlock);
}

TEST(LimitRules, AStepIsKeptToFivePointsBelow) {
    const Limit limit = limit_of(100);
    const LimitRules rules(limit, limit.amount);
    EXPECT_EQ(rules.step_kept(3, 95), 3);
    EXPECT_EQ(rules.step_kept(3, 94), 2);
    EXPECT_EQ(rules.step_kept(3, 90), 2);
    EXPECT_EQ(rules.step_kept(3, 89), 1);
    EXPECT_EQ(rules.step_kept(3, 75), 1);
    EXPECT_EQ(rules.step_kept(3, 74), 0);
    EXPECT_EQ(rules.step_kept(1, 200), 1);  // never above the present
}

TEST(LimitRules, OfAmountZeroEveryStepIsReachedByAnything) {
    const Limit limit = limit_of(0);
    const LimitRules rules(limit, limit.amount);
    EXPECT_EQ(rules.step_reached(0), 3);
    EXPECT_EQ(rules.step_kept(3, 1), 3);
    EXPECT_EQ(rules.step_kept(3, 0), 0);
}

TEST(LimitRules, APeriodOfAmountZeroKeepsItsLevel) {
    Limit limit = limit_of(0);
    limit.window = {WindowKind::kDay, 0};
    EXPECT_EQ(LimitRules(limit, limit.amount).step_kept(3, 0), 3);
}

TEST(LimitRules, EmaIsJudgedInFixedPoint) {
    Limit limit = limit_of(100);
    limit.judge = Judge::kEma;
    limit.action = Action::kThrottle;
    const LimitRules rules(limit, limit.amount);
    EXPECT_EQ(rules.step_count(), 1);
    EXPECT_FALSE(rules.ema_is_above(100 * kEmaScale));
    EXPECT_TRUE(rules.ema_is_above(100 * kEmaScale + 1));
    EXPECT_TRUE(rules.ema_is_cleared(90 * kEmaScale));
    EXPECT_FALSE(rules.ema_is_cleared(90 * kEmaScale + 1));
}

TEST(LimitRules, OnlyRollingLevelsOtherThanWarnAreLeases) {
    Limit limit = limit_of(100);
    const LimitRules rolling(limit, limit.amount);
    EXPECT_FALSE(rolling.is_lease(0));
    EXPECT_FALSE(rolling.is_lease(1));
    EXPECT_TRUE(rolling.is_lease(2));
    limit.window = {WindowKind::kMonth, 0};
    EXPECT_FALSE(LimitRules(limit, limit.amount).is_lease(3));
}

TEST(LimitRules, AnAmountOfItsOwnMovesEveryStep) {
    const Limit limit = limit_of(100);
    const LimitRules rules(limit, 33);  // 26.4, 31.35, 33
    EXPECT_EQ(rules.amount(), 33);
    EXPECT_EQ(rules.step_reached(26), 0);
    EXPECT_EQ(rules.step_reached(27), 1);
    EXPECT_EQ(rules.next_threshold(1), 32);
    EXPECT_EQ(rules.step_kept(3, 32), 3);  // 95 % are 31.35
    EXPECT_EQ(rules.step_kept(3, 31), 2);
}

TEST(LimitRules, TheGreatestAmountDoesNotOverflow) {
    const Limit limit = limit_of(kAmountMax);
    const LimitRules rules(limit, limit.amount);
    EXPECT_EQ(rules.step_reached(kAmountMax), 3);
    EXPECT_EQ(rules.step_reached(kAmountMax - 1), 2);
    EXPECT_EQ(rules.step_kept(3, kAmountMax / 100 * 95), 3);
    EXPECT_TRUE(rules.ema_is_cleared(kAmountMax / 10 * 9 * kEmaScale));
}

}  // namespace
}  // namespace spantoll::enforce
