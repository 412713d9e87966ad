// Each read of a file fails in turn, once or from then on: every answer is right or there is none,
// and nothing on the disk changes.
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/codec/pane_codec.h"
#include "store/files/disk_space.h"
#include "store/files/fault_file_system.h"
#include "store/topic/log.h"
#include "tests/store/state_database.h"
#include "tests/store/store_fixture.h"
#include "window/charge_journal.h"

namespace spantoll::store {
namespace {

using Lasting = FaultSwitch::Lasting;

// A table of them has several blocks, so that some rows can be read and others not.
constexpr int kAccounts = 400;
constexpr Pane kPane = pane_of(EventTime(kNovember));

std::string account_of(int number) {
    return fmt::format("service:s{:04}", number);
}

// What the engine starts from, as text.
std::string text_of(const LoadedState& state) {
    std::string text = fmt::format("{} {} {}\n",
                                   state.next_account_id.number,
                                   state.next_sequence,
                                   state.watermark.closed_pane.index);
    for (const RollingRow& row : state.rollings) {
        text += fmt::format("{} {}\n", row.account, int64_t(row.meters.at(0).live));
    }
    std::map<std::string, int64_t> periods;  // two threads may load them
    for (const auto& [account, period] : state.open_periods) {
        periods[account] += static_cast<int64_t>(period.second.cost.pico());
    }
    for (const auto& [account, cost] : periods) {
        text += fmt::format("{} {}\n", account, cost);
    }
    for (const EnforceRow& row : state.enforces) {
        text += fmt::format("{}/{} {}\n", row.account, row.limit, row.number);
    }
    for (const auto& [pane, entries] : state.open_panes) {
        text += fmt::format("{}: {}\n", pane.index, entries.size());
    }
    for (const DedupIds& ids : state.dedup) {
        text += fmt::format("{}: {}\n", ids.expiry_pane.index, ids.hashes.size());
    }
    for (const auto& [partition, row] : state.offsets) {
        text += fmt::format("{}@{}\n", partition.topic, row.next_offset);
    }
    return text;
}

class StoreReadFaults : public StoreFixture {
  protected:
    StoreReadFaults() { options_.file_system = make_fault_file_system(faults_); }

    void SetUp() override {
        open();
        for (int round = 0; round < 3; ++round) {
            commit([&](Commit& c) { fill(c, round); }, rollings_of(round));
            if (round < 2) {
                flush();
            }
        }
        store_.reset();
        std::filesystem::copy(options_.directory, whole_.path(), kEverything);
    }

    static constexpr auto kEverything = std::filesystem::copy_options::recursive |
                                        std::filesystem::copy_options::overwrite_existing;

    // Every family has rows, and `cost` several times as many as a block holds.
    static void fill(Commit& c, int round) {
        const PeriodTotals totals = totals_of(1, 30 + round, kNovember + 1);
        for (int i = 0; i < kAccounts; ++i) {
            c.periods.push_back({account_of(i), period_at(kMonth, kNovember), totals, round == 0});
        }
        const auto number = static_cast<uint64_t>(round) + 1;
        EnforceRow level;
        level.account = account_of(round);
        level.limit = "day";
        level.number = number;
        c.enforces = {level};
        c.panes = {{kPane.plus(round), false, encode_pane({{AccountId(number), 0, 30}})}};
        c.dedup = {{kPane.plus(60), {number, number + 100}}};
        c.offsets = {{{"spans", 1}, OffsetRow{round, {}, round, kNovember}}};
        c.watermark = WatermarkRow{kNovember, kPane, false};
        c.next_account_id = AccountId(kAccounts + 1);
        c.decisions = {decision_of(2 * number, kNovember)};
        c.dead_letters = {letter_of(2 * number + 1, round, 100)};
    }

    static std::vector<RollingRow> rollings_of(int round) {
        std::vector<RollingRow> rows;
        for (int i = 0; i < kAccounts; ++i) {
            RollingRow row;
            row.account = account_of(i);
            row.window_minutes = 1440;
            row.account_id = AccountId(static_cast<uint64_t>(i) + 1);
            row.meters = {{Meter{MeterKind::kUsd, {}}, 0, 30 + round, 0, 0, {}}};
            rows.push_back(row);
        }
        return rows;
    }

    // What is committed lies in tables, each in several files.
    void flush() {
        store_.reset();
        faults_->heal();
        {
            const std::unique_ptr<Database> database = open_state_database(directory_.path());
            for (size_t family = 0; family < kFamilyCount; ++family) {
                ASSERT_TRUE(database->db().Flush({}, database->family(family)).ok());
            }
        }
        open();
    }

    void make_whole() {
        store_.reset();
        faults_->heal();
        std::filesystem::remove_all(directory_.path());
        std::filesystem::copy(whole_.path(), directory_.path(), kEverything);
    }

    // Calls `step` again and again, each time with one read more that succeeds before those that
    // fail, until all do. It returns what it read.
    void sweep(
        const std::function<Result<std::string>()>& step,
        const std::function<void()>& prepare = [] {}) {
        make_whole();
        prepare();
        const Result<std::string> right = step();
        ASSERT_TRUE(right) << right.error().message;
        const uint64_t reads = faults_->reads();
        for (const Lasting lasting : {Lasting::kOnce, Lasting::kForGood}) {
            uint64_t refused = 0;
            // What fails for good also makes the next call fail.
            const uint64_t step_width = lasting == Lasting::kOnce ? 1 : 4;
            for (uint64_t i = 0; i < reads; i += step_width) {
                SCOPED_TRACE(fmt::format("read {} of {}", i, reads));
                make_whole();
                prepare();
                faults_->fail_reads_after(i, lasting);
                const Result<std::string> outcome = step();
                if (outcome) {
                    EXPECT_EQ(*outcome, *right);
                } else {
                    ++refused;
                    expect_named(outcome.error());
                }
                expect_unharmed();
            }
            EXPECT_GT(refused, reads / step_width / 4) << "few reads can be done without";
        }
    }

    static void expect_named(const Error& error) {
        EXPECT_EQ(error.kind, ErrorKind::kDisk) << error.message;
        EXPECT_NE(error.message.find("Input/output error"), std::string::npos) << error.message;
        EXPECT_TRUE(error.message.find(".sst") != std::string::npos ||
                    error.message.find(".log") != std::string::npos ||
                    error.message.find("MANIFEST") != std::string::npos ||
                    error.message.find("CURRENT") != std::string::npos ||
                    error.message.find("IDENTITY") != std::string::npos)
            << error.message;
    }

    // The next start sees what was there.
    void expect_unharmed() {
        store_.reset();
        faults_->heal();
        EXPECT_EQ(text_of(reloaded()), right_state_);
    }

    std::shared_ptr<FaultSwitch> faults_ = std::make_shared<FaultSwitch>();
    TemporaryDirectory whole_;
    std::string right_state_;
};

Result<std::string> text_of_rows(const DumpOptions& options) {
    std::string text;
    Result<void> read = dump(options, [&](auto key, auto json) {
        text.append(key).append(" ").append(json).append("\n");
    });
    return read.map([&] { return text; });
}

TEST_F(StoreReadFaults, AStartIsRightOrRefused) {
    right_state_ = text_of(reloaded());
    sweep([&]() -> Result<std::string> {
        Result<std::unique_ptr<Store>> opened = try_open();
        if (!opened) {
            return tl::make_unexpected(opened.error());
        }
        store_ = std::move(*opened);
        return store_->load().map([](const LoadedState& state) { return text_of(state); });
    });
}

TEST_F(StoreReadFaults, WhatExpiresIsRightOrRefused) {
    right_state_ = text_of(reloaded());
    sweep(
        [&]() -> Result<std::string> {
            std::string text;
            for (Pane pane = kPane; pane < kPane.plus(3); pane = pane.next()) {
                const Result<void> read = store_->read_pane(
                    pane, [&](auto entries) { text += fmt::format("{},", entries.size()); });
                if (!read) {
                    return tl::make_unexpected(read.error());
                }
            }
            const Result<void> read = store_->read_dedup(
                kPane.plus(60), [&](auto hashes) { text += fmt::format("{};", hashes.size()); });
            return read.map([&] { return text; });
        },
        [&] {
            reloaded();
            faults_->heal();
        });
}

TEST_F(StoreReadFaults, TheOutboxAndTheDecisionLogAreRightOrRefused) {
    right_state_ = text_of(reloaded());
    sweep(
        [&]() -> Result<std::string> {
            const auto outbox = store_->read_outbox(0, 100);
            const auto decisions = store_->read_decisions(0, 100);
            if (!outbox || !decisions) {
                return tl::make_unexpected(outbox ? decisions.error() : outbox.error());
            }
            return fmt::format("{} {}", outbox->size(), decisions->size());
        },
        [&] {
            reloaded();
            faults_->heal();
        });
}

TEST_F(StoreReadFaults, DumpIsRightOrRefused) {
    right_state_ = text_of(reloaded());
    sweep([&] { return text_of_rows({directory_.path(), "", true, options_.file_system}); });
}

// One row of a period is lost, whichever way.
class StoreMissingRow : public StoreFixture {
  protected:
    void SetUp() override {
        open();
        const PeriodTotals totals = totals_of(1, 30, kNovember + 1);
        commit([&](Commit& c) {
            c.periods = {{"global", period_at(kMonth, kNovember), totals, true},
                         {"team:a", period_at(kMonth, kNovember), totals, true}};
            c.dead_letters = {letter_of(1, 7, 100)};
        });
        store_.reset();
    }

    void lose(Family family, const std::string& key) {
        const std::unique_ptr<Database> database = open_state_database(directory_.path());
        ASSERT_TRUE(database->db().Delete({}, database->family(size_t(family)), key).ok());
    }

    void commit_offset() {
        open();
        commit([](Commit& c) { c.offsets = {{{"spans", 1}, OffsetRow{}}}; });
        store_.reset();
    }

    // The line of a start.
    void expect_missing(const std::string& key) {
        const Result<std::unique_ptr<Store>> opened = try_open();
        const Result<void> started =
            opened ? (*opened)->load().map([](const LoadedState&) {}).and_then([&] {
                return (*opened)->read_outbox(0, 10).map([](const auto&) {});
            })
                   : Result<void>(tl::make_unexpected(opened.error()));
        ASSERT_FALSE(started);
        EXPECT_EQ(started.error().kind, ErrorKind::kDisk);
        EXPECT_EQ(started.error().message,
                  "row " + key + " of the store is missing: restore a backup");
    }
};

TEST_F(StoreMissingRow, OfAPeriodThatTheIndexNames) {
    lose(Family::kCost, "FEDCOST#team:a/PERIOD#2026-11");
    expect_missing("FEDCOST#team:a/PERIOD#2026-11");
    const Result<std::string> dumped = text_of_rows({directory_.path(), "", false, nullptr});
    ASSERT_FALSE(dumped);
    EXPECT_EQ(dumped.error().kind, ErrorKind::kDisk);
    EXPECT_FALSE(digest(directory_.path()));
}

TEST_F(StoreMissingRow, OfADeadLetterThatIsToBeSent) {
    lose(Family::kDead, "DEAD#spans/1/00000000000000000007");
    expect_missing("DEAD#spans/1/00000000000000000007");
}

TEST_F(StoreMissingRow, OfTheFormat) {
    lose(Family::kMeta, "META/FORMAT");
    expect_missing("META/FORMAT");
    EXPECT_FALSE(text_of_rows({directory_.path(), "", false, nullptr}));
}

TEST_F(StoreMissingRow, OfTheNextNumbers) {
    commit_offset();
    lose(Family::kMeta, "NEXT");
    expect_missing("NEXT");
}

// The topic is read in tables and in its WAL.
class TopicReadFaults : public testing::Test {
  protected:
    TopicReadFaults() {
        options_.directory = directory_.path();
        options_.file_system = make_fault_file_system(faults_);
    }

    Result<std::string> read_all() {
        Result<std::unique_ptr<TopicLog>> log = TopicLog::open(options_);
        if (!log) {
            return tl::make_unexpected(log.error());
        }
        std::string text;
        while (true) {
            const auto records = (*log)->read(static_cast<int64_t>(text.size()), 2, 1 << 20, 0);
            if (!records) {
                return tl::make_unexpected(records.error());
            }
            if (records->empty()) {
                return text;
            }
            for (const LogRecord& record : *records) {
                text.push_back(record.bytes.front());
            }
        }
    }

    // Every read of a file fails in turn.
    void sweep() {
        faults_->heal();
        ASSERT_EQ(read_all(), "abcdef");
        const uint64_t reads = faults_->reads();
        for (const Lasting lasting : {Lasting::kOnce, Lasting::kForGood}) {
            for (uint64_t i = 0; i < reads; ++i) {
                faults_->heal();
                faults_->fail_reads_after(i, lasting);
                const Result<std::string> outcome = read_all();
                if (outcome) {
                    EXPECT_EQ(*outcome, "abcdef") << i;
                } else {
                    EXPECT_EQ(outcome.error().kind, ErrorKind::kDisk) << outcome.error().message;
                    EXPECT_NE(outcome.error().message.find("/topic/"), std::string::npos)
                        << outcome.error().message;
                }
                faults_->heal();
                EXPECT_EQ(read_all(), "abcdef") << i;
            }
        }
    }

    TemporaryDirectory directory_;
    std::shared_ptr<FaultSwitch> faults_ = std::make_shared<FaultSwitch>();
    TopicLogOptions options_;
};

TEST_F(TopicReadFaults, RecordsAreReadOrRefused) {
    for (const char name : std::string("abcdef")) {
        const Result<std::unique_ptr<TopicLog>> log = TopicLog::open(options_);
        ASSERT_TRUE(log);
        ASSERT_TRUE((*log)->append({{"", std::string(20'000, name)}}, 1));
    }
    sweep();
    options_.read_only = true;
    options_.create_if_missing = false;
    sweep();
}

}  // namespace
}  // namespace spantoll::store
