// Whoever reads rows adds the journal to them: a store that is opened, and dump.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"
#include "window/charge_journal.h"

namespace spantoll::store {
namespace {

constexpr window::AccountIndex kNumber = 5;
constexpr int64_t kTimeMs = kNovember + 90 * kMinuteMs;
constexpr const char* kAccount = "a.example";

class StoreJournalTest : public StoreFixture {
  protected:
    // A row of the month and one of 24 h, with 2 spans and 30 pico-dollars each.
    void commit_rows() {
        open();
        const PeriodTotals totals = totals_of(2, 30, kNovember + 1);
        RollingRow row;
        row.account = kAccount;
        row.window_minutes = 1440;
        row.account_id = AccountId(3);
        row.meters = {{Meter{MeterKind::kUsd, {}}, 0, 30, 0, 0, {}},
                      {Meter{MeterKind::kUsage, "gpu_ms"}, 1, 7, 0, 0, {}}};
        const auto fill = [&](Commit& c) {
            c.new_meters = {{0, "gpu_ms"}};
            c.periods = {{kAccount, period_at(kMonth, kNovember), totals, true}};
            c.watermark = WatermarkRow{kNovember, pane_of(EventTime(kNovember)), false};
        };
        commit(fill, {row});
    }

    window::JournalHead head() const {
        window::JournalHead head;
        head.windows = {{kDay}, {kMonth}};
        head.introduced.push_back({kNumber, kAccount, {1}, {1440}});
        return head;
    }

    static std::string row_of(const window::JournalHead& head, int charges) {
        window::ChargeJournal journal;
        const std::vector<window::MeterQuantity> usage{{0, 100}};
        const std::vector<window::AccountIndex> accounts{kNumber, kNumber + 1};
        for (int i = 0; i < charges; ++i) {
            window::Charge charge;
            charge.time_ms = kTimeMs + i;
            charge.requests = 1;
            charge.cost = Money::from_pico(1000);
            charge.usage = usage;
            journal.record(charge, accounts);
        }
        return journal.take_row(head);
    }

    void commit_journal(uint64_t number, const std::string& row, uint64_t begin = 0) {
        commit([&](Commit& c) {
            c.journal_row = {number, row};
            c.journal_begin = begin;
        });
    }

    Result<LoadedState> try_reload() {
        open();
        return store_->load();
    }

    std::string record(const std::string& key) {
        std::string found = "none";
        const Result<void> read =
            dump({directory_.path(), key, false},
                 [&](std::string_view, std::string_view json) { found = json; });
        EXPECT_TRUE(read) << read.error().message;
        return found;
    }
};

TEST_F(StoreJournalTest, ItsChargesAreAddedWhereTheStoreIsRead) {
    commit_rows();
    commit_journal(1, row_of(head(), 3));
    commit_journal(2, row_of({{{kDay, false}, {kMonth, false}}, {}, {}}, 2));
    const std::string running = record("FEDCOST#a.example/");
    const LoadedState state = reloaded();
    ASSERT_EQ(state.open_periods.size(), 1U);
    const PeriodTotals& totals = state.open_periods[0].second.second;
    EXPECT_EQ(totals.request_count, 7U);
    EXPECT_EQ(totals.cost, Money::from_pico(5030));
    EXPECT_EQ(totals.first_ms, kNovember + 1);
    EXPECT_EQ(totals.last_ms, kTimeMs + 2);
    EXPECT_EQ(totals.usage, (std::vector<UsageTotal>{{0, 500}}));
    ASSERT_EQ(state.rollings.size(), 1U);
    const RollingRow& rolling = state.rollings[0];
    EXPECT_EQ(rolling.meters.at(0).live, 5030);
    EXPECT_EQ(rolling.meters.at(1).live, 507);
    EXPECT_EQ(rolling.open_pane, kTimeMs / kMinuteMs);
    EXPECT_EQ(rolling.last_charged_pane, kTimeMs / kMinuteMs);
    store_.reset();
    EXPECT_EQ(record("FEDCOST#a.example/"), running);
    // It is empty now: nothing is added twice.
    EXPECT_EQ(reloaded().rollings.at(0).meters.at(0).live, 5030);
}

// Damages the tables of a family, which has been written out.
void damage_tables(const std::string& directory, const std::string& family) {
    std::vector<rocksdb::LiveFileMetaData> tables;
    {
        const std::unique_ptr<Database> database = open_state_database(directory);
        const auto* place = std::find(kFamilyNames.begin(), kFamilyNames.end(), family);
        rocksdb::ColumnFamilyHandle* handle =
            database->family(static_cast<size_t>(place - kFamilyNames.begin()));
        ASSERT_TRUE(database->db().Flush({}, handle).ok());
        database->db().GetLiveFilesMetaData(&tables);
    }
    size_t damaged = 0;
    for (const rocksdb::LiveFileMetaData& table : tables) {
        if (table.column_family_name == family) {
            // A table begins with its rows.
            std::fstream file(table.db_path + table.name, std::ios::in | std::ios::out);
            file.put('?').put('?').put('?');
            ++damaged;
        }
    }
    ASSERT_GT(damaged, 0U);
}

TEST_F(StoreJournalTest, ARowThatCannotBeReadIsTheDisksFault) {
    for (const std::string family : {"cost", "rolling"}) {
        commit_rows();
        commit_journal(1, row_of(head(), 3));
        store_.reset();
        damage_tables(directory_.path(), family);
        const Result<LoadedState> state = try_reload();
        ASSERT_FALSE(state);
        EXPECT_EQ(state.error().kind, ErrorKind::kDisk);
        EXPECT_NE(state.error().message.find("Corruption"), std::string::npos)
            << state.error().message;
        store_.reset();
        std::filesystem::remove_all(directory_.path() + "/state");
    }
}

TEST_F(StoreJournalTest, WhatWasSettledIsAddedNoMore) {
    commit_rows();
    commit_journal(1, row_of(head(), 3));
    commit_journal(2, row_of({{{kDay}, {kMonth}}, {kNumber}, {}}, 2));
    EXPECT_EQ(reloaded().rollings.at(0).meters.at(0).live, 30);
}

TEST_F(StoreJournalTest, WhatWasSettledAndIsIntroducedAgainCountsFromThere) {
    commit_rows();
    commit_journal(1, row_of(head(), 3));
    window::JournalHead again = head();
    again.written = {kNumber};
    commit_journal(2, row_of(again, 2));
    EXPECT_EQ(reloaded().rollings.at(0).meters.at(0).live, 2030);
}

TEST_F(StoreJournalTest, RowsBelowItsBeginAreGone) {
    commit_rows();
    commit_journal(1, row_of(head(), 3));
    commit_journal(4, row_of(head(), 1), 4);
    EXPECT_EQ(reloaded().rollings.at(0).meters.at(0).live, 1030);
    commit_journal(1, row_of(head(), 3));
    commit([](Commit& c) { c.journal_begin = 2; });
    EXPECT_EQ(reloaded().rollings.at(0).meters.at(0).live, 1030);
}

TEST_F(StoreJournalTest, AWindowWithoutFedcostRowsIsAddedToItsInternalRow) {
    open();
    const PeriodTotals totals = totals_of(2, 30, kNovember + 1);
    commit([&](Commit& c) {
        c.periods = {{kAccount, period_at(kDay, kNovember), totals, true}};
        c.watermark = WatermarkRow{kNovember, pane_of(EventTime(kNovember)), false};
        c.new_meters = {{0, "gpu_ms"}};
    });
    window::JournalHead day;
    day.windows.push_back({kDay});
    day.introduced.push_back({kNumber, kAccount, {0}, {}});
    commit_journal(1, row_of(day, 1));
    EXPECT_EQ(reloaded().open_periods.at(0).second.second.cost, Money::from_pico(1030));
}

// Of one pane, in two windows of the account's own lattice, of the second series.
TEST_F(StoreJournalTest, AWindowThatBeginsWithinAPaneGetsItsOwnCharges) {
    open();
    const WindowSpec own{WindowKind::kEvery, 1, kAnchorFirst};
    const int64_t turn_ms = kTimeMs + 1;
    const PeriodTotals totals = totals_of(2, 30, kNovember + 1);
    commit([&](Commit& c) {
        c.periods = {{kAccount, {own, turn_ms - kMinuteMs, false, 2}, totals, true},
                     {kAccount, {own, turn_ms, false, 2}, totals, true}};
        c.watermark = WatermarkRow{kNovember, pane_of(EventTime(kNovember)), false};
        c.new_meters = {{0, "gpu_ms"}};
    });
    window::JournalHead head;
    head.windows.push_back({own, false, 2, turn_ms + 7 * kMinuteMs});
    head.introduced.push_back({kNumber, kAccount, {0}, {}});
    commit_journal(1, row_of(head, 3));
    std::map<int64_t, Int128> costs;
    for (const auto& [account, row] : reloaded().open_periods) {
        EXPECT_EQ(row.first.series, 2U);
        EXPECT_EQ(row.first.window, own);
        costs[row.first.start_ms - turn_ms] = row.second.cost.pico();
    }
    EXPECT_EQ(costs, (std::map<int64_t, Int128>{{-kMinuteMs, 1030}, {0, 2030}}));
}

TEST_F(StoreJournalTest, ARowThatIsBrokenOrAddsToNothingIsRefused) {
    commit_rows();
    commit_journal(1, "\x01zzzz");
    const auto broken = try_reload();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().kind, ErrorKind::kDisk);
    EXPECT_NE(broken.error().message.find("JOURNAL#"), std::string::npos);
}

TEST_F(StoreJournalTest, ChargesToARowThatIsNotThereAreRefused) {
    commit_rows();
    window::JournalHead other = head();
    other.introduced[0].text = "b.example";
    commit_journal(1, row_of(other, 1));
    const auto broken = try_reload();
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().message.find("FEDCOST#b.example"), std::string::npos);
}

}  // namespace
}  // namespace spantoll::store
