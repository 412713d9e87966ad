// Kinds of accounts that a store gains and loses.
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

class StoreKindsTest : public StoreFixture {};

TEST_F(StoreKindsTest, RefusesToForgetAKind) {
    options_.kinds = {{"pair", {Dimension::kDomain, Dimension::kActivity}}};
    open();
    store_.reset();
    options_.kinds = {{"pair", {Dimension::kDomain}}};
    const auto changed = try_open();
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().kind, ErrorKind::kConfig);
    EXPECT_EQ(changed.error().message,
              "[accounts] kinds: the store has pair = [domain, activity], the configuration has "
              "pair = [domain]: put it back, or start `spantoll run` once with --drop-kind pair, "
              "which removes its accounts with their rows");
    options_.kinds = {};
    const auto gone = try_open();
    ASSERT_FALSE(gone);
    EXPECT_NE(gone.error().message.find("the configuration has it no more"), std::string::npos);
    options_.dropped_kinds = {"another"};
    EXPECT_FALSE(try_open());
    EXPECT_TRUE(dumped(true).at("META/FORMAT").find("pair") != std::string::npos);
}

TEST_F(StoreKindsTest, TakesKindsThatAreNew) {
    open();
    store_.reset();
    options_.kinds = {{"pair", {Dimension::kDomain, Dimension::kActivity}}};
    open();
    store_.reset();
    EXPECT_TRUE(dumped(true).at("META/FORMAT").find("pair") != std::string::npos);
    open();
}

TEST_F(StoreKindsTest, ForeseesOtherOptionsAndStaysAsItIs) {
    open();
    RollingRow rolling;
    rolling.account = "team:a";
    rolling.window_minutes = 1440;
    rolling.account_id = AccountId(1);
    const PeriodTotals totals = totals_of(7, 1, kNovember);
    commit(
        [&](Commit& c) {
            c.periods.push_back({"team:a", period_at(kMonth, kNovember), totals, true});
            c.watermark = WatermarkRow{kNovember, pane_of(EventTime(kNovember)), false};
        },
        {rolling});
    const std::map<std::string, std::string> before = dumped(true);
    StoreOptions others = options_;
    others.kinds = {{"pair", {Dimension::kDomain, Dimension::kActivity}}};
    const auto other_kinds = store_->foresee(others);
    ASSERT_FALSE(other_kinds);
    EXPECT_EQ(other_kinds.error().kind, ErrorKind::kConfig);
    others = options_;
    others.periods = {WindowKind::kDay};
    EXPECT_FALSE(store_->foresee(others));
    others = options_;
    others.short_lived = {"team"};
    const auto foreseen = store_->foresee(others);
    ASSERT_TRUE(foreseen) << foreseen.error().message;
    EXPECT_TRUE(foreseen->open_periods.empty());
    EXPECT_EQ(foreseen->rollings.size(), 1U);
    EXPECT_EQ(dumped(true), before);
    const auto same = store_->foresee(options_);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->open_periods.size(), 1U);
}

TEST_F(StoreKindsTest, ChangesNothingBeforeItIsPrepared) {
    open();
    store_.reset();
    const std::map<std::string, std::string> before = dumped(true);
    StoreOptions others = options_;
    others.kinds = {{"pair", {Dimension::kDomain, Dimension::kActivity}}};
    others.periods = {WindowKind::kDay};
    Result<std::unique_ptr<Store>> opened = Store::open_unprepared(others);
    ASSERT_TRUE(opened) << opened.error().message;
    const Result<CommandPosition> position = (*opened)->read_command_position();
    ASSERT_TRUE(position) << position.error().message;
    EXPECT_EQ(*position, CommandPosition{});
    opened->reset();
    EXPECT_EQ(dumped(true), before);
    opened = Store::open_unprepared(options_);
    ASSERT_TRUE(opened) << opened.error().message;
    ASSERT_TRUE((*opened)->prepare(others));
    opened->reset();
    EXPECT_TRUE(dumped(true).at("META/FORMAT").find("pair") != std::string::npos);
}

TEST_F(StoreKindsTest, DropsAKindWithAllOfItsRowsButLevelsThatHold) {
    options_.kinds = {{"pair", {Dimension::kTeam}}, {"pairs", {Dimension::kTeam}}};
    open();
    EnforceRow level;
    level.limit = "day";
    level.number = 1;
    level.step = 1;
    EnforceRow released = level;
    released.limit = "released";
    released.step = 0;
    std::vector<RollingRow> rollings;
    for (const std::string account : {"pair:a", "pair:~other", "pairs:a", "pair.example"}) {
        RollingRow rolling;
        rolling.account = account;
        rolling.window_minutes = 1440;
        rolling.account_id = AccountId(rollings.size() + 1);
        rollings.push_back(rolling);
    }
    const PeriodTotals totals = totals_of(7, 1, kNovember);
    commit(
        [&](Commit& c) {
            for (const RollingRow& row : rollings) {
                for (const int64_t before : {0, 32}) {
                    const int64_t at_ms = kNovember - before * kDayMs;
                    c.periods.push_back({row.account, period_at(kMonth, at_ms), totals, true});
                }
                c.periods.push_back({row.account, period_at(kHour, kNovember), totals, true});
                level.account = row.account;
                c.enforces.push_back(level);
                c.anchors.push_back(
                    {row.account, {WindowKind::kEvery, 300, kAnchorFirst}, false, 0, kNovember});
                released.account = row.account;
                c.enforces.push_back(released);
            }
        },
        rollings);
    const std::map<std::string, std::string> before = dumped(true);
    store_.reset();
    options_.kinds = {{"pairs", {Dimension::kTeam}}};
    options_.dropped_kinds = {"pair"};
    open();
    store_.reset();
    const std::map<std::string, std::string> after = dumped(true);
    size_t gone = 0;
    for (const auto& [key, row] : before) {
        const bool is_mine = key.find("#pair:") != std::string::npos;
        const bool goes = is_mine && !key.ends_with("/day");
        EXPECT_EQ(after.contains(key), !goes) << key;
        gone += goes ? 1 : 0;
    }
    EXPECT_EQ(gone, 2U * (1 + 2 * 2 + 1 + 1 + 1))
        << "rolling, two months, a window, a released level, an anchor";
    // The same command line once more, as a service has it.
    EXPECT_TRUE(try_open());
    options_.dropped_kinds = {"pairs"};
    const auto still_there = try_open();
    ASSERT_FALSE(still_there);
    EXPECT_EQ(still_there.error().kind, ErrorKind::kUsage);
}

// Nobody has them in memory; there may be millions.
TEST_F(StoreKindsTest, OpenPeriodsOfShortLivedAccountsStayInTheirRows) {
    options_.short_lived = {"team"};
    open();
    const PeriodTotals totals = totals_of(7, 1, kNovember);
    commit([&](Commit& c) {
        for (const std::string account : {"session:a", "team:a", "user:a"}) {
            c.period_merges.push_back({account, period_at(kMonth, kNovember), totals});
            c.periods.push_back({account, period_at(kHour, kNovember), totals, true});
        }
    });
    const auto loaded_accounts = [this] {
        std::multiset<std::string> accounts;
        for (const auto& [account, period] : reloaded().open_periods) {
            accounts.insert(account + " " + to_text(period.first.window));
        }
        return accounts;
    };
    EXPECT_EQ(loaded_accounts(),
              (std::multiset<std::string>{
                  "session:a hour", "team:a hour", "user:a hour", "user:a month"}));
    // The window of a limit stays its own though its period becomes configured.
    store_.reset();
    options_.periods = {WindowKind::kHour, WindowKind::kMonth};
    EXPECT_EQ(loaded_accounts(),
              (std::multiset<std::string>{
                  "session:a hour", "team:a hour", "user:a hour", "user:a month"}));
    EXPECT_TRUE(dumped(true).contains("WINDOW#session:a/2026-11-01T00"));
    EXPECT_TRUE(dumped(true).contains("FEDCOST#user:a/PERIOD#2026-11-01T00"));
    // A kind that is short-lived no longer has its months back, and not what limits counted alone.
    store_.reset();
    options_.short_lived = {};
    EXPECT_EQ(loaded_accounts(),
              (std::multiset<std::string>{
                  "session:a hour", "team:a month", "user:a hour", "user:a month"}));
}

}  // namespace
}  // namespace spantoll::store
