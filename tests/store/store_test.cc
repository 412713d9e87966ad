#include "store/store.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

using StoreTest = StoreFixture;

RollingRow rolling_of(const std::string& account, Int128 live) {
    RollingRow row;
    row.account = account;
    row.window_minutes = 1440;
    row.account_id = AccountId(3);
    row.as_of = 100;
    row.meters = {{Meter{MeterKind::kUsd, {}}, 5, live, 1, 2, {{{1, 10}, true, 4}}}};
    return row;
}

EnforceRow enforce_of(const std::string& account, uint64_t number) {
    EnforceRow row;
    row.account = account;
    row.limit = "day";
    row.streak = 2;
    row.number = number;
    return row;
}

WatermarkRow closed_at(int64_t ms) {
    return {ms, pane_of(EventTime(ms)), false};
}

TEST_F(StoreTest, IsFreshUntilTheFirstCommit) {
    EXPECT_TRUE(reloaded().is_fresh);
    EXPECT_TRUE(reloaded().is_fresh);
    commit([](Commit&) {});
    EXPECT_FALSE(reloaded().is_fresh);
}

TEST_F(StoreTest, KeepsTheSeedItWasMadeWith) {
    open();
    EXPECT_EQ(store_->dedup_seed(), 77U);
    options_.dedup_seed_if_new = 78;
    open();
    EXPECT_EQ(store_->dedup_seed(), 77U);
}

TEST_F(StoreTest, LoadsWhatWasCommitted) {
    open();
    const RollingRow rolling = rolling_of("global", 9);
    const EnforceRow enforce = enforce_of("global", 1);
    const OffsetRow offset{8, {1, 2, 3}, 7, kNovember};
    const CountsRow counts{3, 2, 1, 0, {}};
    PeriodTotals totals = totals_of(2, 30, kNovember + 1);
    totals.usage = {{1, 4}, {0, 5}};  // as rows of earlier versions have it
    Limit limit;
    limit.name = "day";
    limit.window = {WindowKind::kRolling, 1440};
    limit.steps = {{100, Action::kBlock}};
    const auto fill = [&](Commit& c) {
        c.new_meters = {{0, "input_tokens"}, {1, "gpu_ms"}};
        c.enforces = {enforce};
        c.offsets = {{{"spans", 0}, offset}};
        c.counts = {{{"spans", 0}, counts}};
        c.watermark = closed_at(kNovember);
        c.next_account_id = AccountId(4);
        c.next_slot = 6;
        c.limits = {limit};
        c.limit_series = {3};
        c.has_limits = true;
        c.periods = {{"global", period_at(kMonth, kNovember), totals, true}};
        c.decisions = {decision_of(11, 5)};
    };
    commit(fill, {rolling});
    const LoadedState state = reloaded();
    EXPECT_EQ(state.rollings, std::vector{rolling});
    EXPECT_EQ(state.enforces, std::vector{enforce});
    EXPECT_EQ(state.meters, (std::vector<std::string>{"input_tokens", "gpu_ms"}));
    EXPECT_EQ(state.offsets, (decltype(state.offsets){{{"spans", 0}, offset}}));
    EXPECT_EQ(state.counts, (decltype(state.counts){{{"spans", 0}, counts}}));
    EXPECT_EQ(state.watermark, closed_at(kNovember));
    EXPECT_EQ(state.next_account_id, AccountId(4));
    EXPECT_EQ(state.next_slot, 6U);
    EXPECT_EQ(state.next_sequence, 12U);
    EXPECT_EQ(state.limits, std::vector{limit});
    totals.usage = {{0, 5}, {1, 4}};
    EXPECT_EQ(state.open_periods,
              (decltype(state.open_periods){{"global", {period_at(kMonth, kNovember), totals}}}));
}

TEST_F(StoreTest, LoadsOnlyPeriodsThatAreOpen) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    const WindowSpec lattice{WindowKind::kEvery, 300};
    commit([&](Commit& c) {
        for (const int64_t start : {kNovember - kDayMs, kNovember, kNovember + 40 * kDayMs}) {
            c.periods.push_back({"global", period_at(kMonth, start), totals, true});
            c.periods.push_back({"a.example", period_at(kMonth, start), totals, true});
            c.periods.push_back({"global", period_at(lattice, start), totals, true});
            c.periods.push_back({"global", period_at(kDay, start), totals, true});
        }
    });
    EXPECT_EQ(reloaded().open_periods.size(), 12U) << "nothing is closed while C is unset";
    commit([&](Commit& c) { c.watermark = closed_at(kNovember + kHourMs); });
    const LoadedState state = reloaded();
    EXPECT_EQ(state.open_periods.size(), 8U);
    for (const auto& [account, row] : state.open_periods) {
        EXPECT_GT(window::period_end_ms(row.first), kNovember + kHourMs);
        EXPECT_EQ(row.second, totals);
    }
}

// More than are read at once, with and without more rows of each than are walked over.
TEST_F(StoreTest, LoadsManyAccountsHoweverLongTheirHistory) {
    constexpr int kAccounts = 3'000;
    std::vector<std::string> accounts;
    std::vector<PeriodTotals> totals;
    for (int i = 0; i < kAccounts; ++i) {
        accounts.push_back("service:" + std::to_string(i));
        totals.push_back(totals_of(1, i, kNovember));
    }
    options_.periods = {WindowKind::kDay};
    for (const int days : {1, 12}) {
        options_.directory = directory_.path() + "/days-" + std::to_string(days);
        open();
        for (int day = 0; day < days; ++day) {
            const Period period = period_at(kDay, kNovember + day * kDayMs);
            commit([&](Commit& commit) {
                commit.watermark = closed_at(period.start_ms);
                for (int i = 0; i < kAccounts; ++i) {
                    commit.periods.push_back({accounts[i], period, totals[i], true});
                }
            });
        }
        const LoadedState state = reloaded();
        EXPECT_EQ(state.open_periods.size(), accounts.size());
        std::set<std::string> seen;
        for (const auto& [account, row] : state.open_periods) {
            EXPECT_EQ(row.first, period_at(kDay, kNovember + (days - 1) * kDayMs));
            EXPECT_EQ(account, accounts[static_cast<size_t>(row.second.cost.pico())]);
            seen.insert(account);
        }
        EXPECT_EQ(seen.size(), accounts.size());
    }
}

TEST_F(StoreTest, LoadsAccountsOfWhichOneBeginsAnother) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    commit([&](Commit& c) {
        for (const char* account : {"a", "a!", "a-b", "a.b", "a0", "a:b", "ab"}) {
            c.periods.push_back({account, period_at(kMonth, kNovember), totals, true});
        }
    });
    EXPECT_EQ(reloaded().open_periods.size(), 7U);
}

TEST_F(StoreTest, ForgetsWhatIsRemoved) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    const auto fill = [&](Commit& c) {
        c.enforces = {enforce_of("a", 1), enforce_of("b", 0), enforce_of("c", 0)};
        c.periods = {{"a", period_at(kDay, kNovember), totals, true}};
    };
    commit(fill, {rolling_of("a", 1), rolling_of("b", 1)});
    commit([&](Commit& c) {
        c.rolling_removes = {{"a", 1440}};
        c.enforce_removes = {{"a", "day"}, {"b", "day"}};
        c.period_removes = {{"a", period_at(kDay, kNovember)}};
    });
    const LoadedState state = reloaded();
    ASSERT_EQ(state.rollings.size(), 1U);
    EXPECT_EQ(state.rollings[0].account, "b");
    EXPECT_EQ(state.enforces, std::vector{enforce_of("c", 0)});
    EXPECT_TRUE(state.open_periods.empty());
}

TEST_F(StoreTest, RemovesBeforeItWrites) {
    open();
    commit([](Commit& c) { c.enforces = {enforce_of("a", 5)}; });
    commit([](Commit& c) {
        c.enforce_removes = {{"a", "day"}};
        c.enforces = {enforce_of("a", 1)};
    });
    EXPECT_EQ(reloaded().enforces, std::vector{enforce_of("a", 1)});
}

TEST_F(StoreTest, ReplacesAStreakByTheFirstDecision) {
    open();
    commit([](Commit& c) { c.enforces = {enforce_of("a", 0)}; });
    EXPECT_EQ(reloaded().enforces, std::vector{enforce_of("a", 0)});
    EXPECT_TRUE(dumped(true).contains("STREAK#a/day"));
    EXPECT_FALSE(dumped().contains("STREAK#a/day"));
    commit([](Commit& c) { c.enforces = {enforce_of("a", 1)}; });
    EXPECT_EQ(reloaded().enforces, std::vector{enforce_of("a", 1)});
    EXPECT_FALSE(dumped(true).contains("STREAK#a/day"));
}

TEST_F(StoreTest, MergesLateSpansIntoEndedPeriods) {
    open();
    const Period october = period_at(kMonth, kNovember - 1);
    PeriodTotals totals = totals_of(2, 30, kNovember - 50);
    totals.usage = {{0, 5}};
    PeriodTotals late = totals_of(1, 4, kNovember - 90);
    late.late_count = 1;
    late.usage = {{1, 7}, {0, 1}};
    commit([&](Commit& c) {
        c.new_meters = {{0, "a"}, {1, "b"}};
        c.periods = {{"global", october, totals, true}};
    });
    for (int i = 0; i < 3; ++i) {
        commit([&](Commit& c) {
            c.period_merges = {{"global", october, late}, {"never.seen", october, late}};
        });
        if (i == 1) {
            open();  // some of it is in a table, the rest in memory
        }
    }
    EXPECT_EQ(dumped().at("FEDCOST#global/PERIOD#2026-10"),
              R"({"request_count":5,"error_count":0,"ingress_bytes":0,"egress_bytes":0,)"
              R"("usage":{"a":8,"b":21},"cost_pico_usd":"42","cost_usd":"0.000000000042",)"
              R"("late_count":3,"unpriced_count":0,"first_ms":1793491199910,)"
              R"("last_ms":1793491199950})");
    EXPECT_TRUE(dumped().contains("PERIOD#2026-10/INSTANCE#never.seen"));
    PeriodTotals sum = totals_of(5, 42, kNovember - 90);
    sum.last_ms = kNovember - 50;
    sum.late_count = 3;
    sum.usage = {{0, 8}, {1, 21}};
    for (const auto& [account, row] : reloaded().open_periods) {
        if (account == "global") {
            EXPECT_EQ(row.second, sum);
        }
    }
}

TEST_F(StoreTest, PurgesAPeriodOfEveryAccount) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    const Period october = period_at(kMonth, kNovember - 1);
    const Period november = period_at(kMonth, kNovember);
    commit([&](Commit& c) {
        for (const char* account : {"global", "a.example", "service:x"}) {
            c.periods.push_back({account, october, totals, true});
            c.periods.push_back({account, november, totals, true});
        }
    });
    commit([&](Commit& c) {
        c.periods_purged = {october};
        // Charged again after the purge, in the same commit.
        c.period_merges = {{"global", october, totals}};
    });
    const auto rows = dumped();
    EXPECT_TRUE(rows.contains("FEDCOST#global/PERIOD#2026-10"));
    EXPECT_TRUE(rows.contains("PERIOD#2026-10/INSTANCE#global"));
    EXPECT_FALSE(rows.contains("FEDCOST#a.example/PERIOD#2026-10"));
    EXPECT_FALSE(rows.contains("PERIOD#2026-10/INSTANCE#a.example"));
    EXPECT_TRUE(rows.contains("FEDCOST#service:x/PERIOD#2026-11"));
    EXPECT_NE(rows.at("FEDCOST#global/PERIOD#2026-10").find(R"("request_count":1,)"),
              std::string::npos);
}

TEST_F(StoreTest, RemembersIdentitiesOfSeveralCommits) {
    open();
    commit([](Commit& c) { c.dedup = {{Pane(10), {1, 2}}, {Pane(11), {3}}}; });
    commit([](Commit& c) { c.dedup = {{Pane(10), {4}}}; });
    const LoadedState state = reloaded();
    ASSERT_EQ(state.dedup.size(), 2U);
    EXPECT_EQ(state.dedup[0].hashes, (std::vector<uint64_t>{1, 2, 4}));
    EXPECT_EQ(state.dedup[1].hashes, (std::vector<uint64_t>{3}));
}

TEST_F(StoreTest, RefusesAnotherZone) {
    options_.zone = *Zone::named("Asia/Tokyo");
    open();
    store_.reset();
    options_.zone = Zone();
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kConfig);
    EXPECT_NE(opened.error().message.find("it has \"Asia/Tokyo\", the configuration \"UTC\""),
              std::string::npos);
    options_.zone = *Zone::named("Asia/Tokyo");
    EXPECT_TRUE(try_open());
}

TEST_F(StoreTest, TellsWindowsOfOneDateApart) {
    open();
    WindowSpec berlin = kDay;
    berlin.zone = *Zone::named("Europe/Berlin");
    std::vector<Period> periods{period_at(kDay, kNovember),
                                period_at(kDay, kNovember),
                                period_at(berlin, kNovember),
                                period_at(kDay, kNovember),
                                period_at(berlin, kNovember)};
    periods[1].series = 2;
    periods[3].skips_failed = true;
    periods[4].skips_failed = true;
    periods[4].series = 3;
    commit([&](Commit& c) {
        c.watermark = closed_at(kNovember);
        for (size_t i = 0; i < periods.size(); ++i) {
            c.periods.push_back({"a", periods[i], totals_of(1, Int128{i}, kNovember), true});
        }
    });
    const auto rows = dumped(true);
    EXPECT_TRUE(rows.contains("WINDOW#a/2026-11-01"));
    EXPECT_TRUE(rows.contains("WINDOW#a/2026-11-01 ~2"));
    EXPECT_TRUE(rows.contains("WINDOW#a/2026-11-01 day Europe/Berlin"));
    EXPECT_TRUE(rows.contains("WINDOW#a/2026-11-01_ok"));
    EXPECT_TRUE(rows.contains("WINDOW#a/2026-11-01 day Europe/Berlin_ok ~3"));
    for (const auto& [account, row] : reloaded().open_periods) {
        const auto found = std::find(periods.begin(), periods.end(), row.first);
        ASSERT_NE(found, periods.end());
        EXPECT_EQ(row.second.cost.pico(), found - periods.begin());
    }
    // What the limits counted that began with the store becomes the period's; others keep theirs.
    store_.reset();
    options_.periods = {WindowKind::kDay, WindowKind::kMonth};
    const LoadedState state = reloaded();
    ASSERT_EQ(state.open_periods.size(), periods.size());
    for (const auto& [account, row] : state.open_periods) {
        const auto found = std::find(periods.begin(), periods.end(), row.first);
        ASSERT_NE(found, periods.end());
        EXPECT_EQ(row.second.cost.pico(), found - periods.begin());
    }
    const auto moved = dumped(true);
    EXPECT_TRUE(moved.contains("FEDCOST#a/PERIOD#2026-11-01"));
    EXPECT_FALSE(moved.contains("WINDOW#a/2026-11-01"));
    EXPECT_TRUE(moved.contains("WINDOW#a/2026-11-01 ~2"));
}

TEST_F(StoreTest, MovesOpenWindowsToPeriodsThatBecomeConfigured) {
    open();
    const PeriodTotals totals = totals_of(7, 1, kNovember);
    commit([&](Commit& c) {
        c.periods = {{"global", period_at(kDay, kNovember), totals, true},
                     {"global", period_at(kHour, kNovember), totals, true}};
        c.watermark = closed_at(kNovember);
    });
    EXPECT_FALSE(dumped().contains("FEDCOST#global/PERIOD#2026-11-01"));
    store_.reset();
    options_.periods = {WindowKind::kDay, WindowKind::kMonth};
    EXPECT_EQ(reloaded().open_periods.size(), 2U);
    EXPECT_TRUE(dumped().contains("FEDCOST#global/PERIOD#2026-11-01"));
    EXPECT_TRUE(dumped().contains("PERIOD#2026-11-01/INSTANCE#global"));
    store_.reset();
    options_.periods = {WindowKind::kMonth};
    const LoadedState state = reloaded();
    EXPECT_EQ(state.open_periods.size(), 2U);
    for (const auto& [account, row] : state.open_periods) {
        EXPECT_EQ(row.second, totals);
    }
    EXPECT_TRUE(dumped().contains("FEDCOST#global/PERIOD#2026-11-01"));
}

TEST_F(StoreTest, IsBusyForASecondProcess) {
    open();
    const auto second = try_open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

TEST_F(StoreTest, IsNotMadeByThoseWhoOnlyRead) {
    options_.create_if_missing = false;
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kUsage);
    EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/state"));
}

}  // namespace
}  // namespace spantoll::store
