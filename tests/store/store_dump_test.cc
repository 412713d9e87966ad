#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/read/format.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

using StoreDump = StoreFixture;

TEST_F(StoreDump, SeesALiveStore) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    for (int i = 0; i < 50; ++i) {
        const std::string account = "service:s" + std::to_string(i);
        commit([&](Commit& c) {
            c.periods = {{account, period_at(kMonth, kNovember), totals, true}};
        });
        EXPECT_EQ(dumped(false, "FEDCOST#").size(), static_cast<size_t>(i + 1));
    }
}

TEST_F(StoreDump, ShowsKeysInOrderOfBytesOverAllFamilies) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    commit([&](Commit& c) {
        c.periods = {{"global", period_at(kMonth, kNovember), totals, true},
                     {"global", period_at(kDay, kNovember), totals, true}};
        c.new_meters = {{0, "input_tokens"}};
        c.panes = {{pane_of(EventTime(kNovember)), false, encode_pane({{AccountId(1), 0, 1}})}};
        c.dedup = {{pane_of(EventTime(kNovember)), {5}}};
        c.offsets = {{{"spans", 0}, {}}};
        c.counts = {{{"spans", 0}, {}}};
        c.watermark = WatermarkRow{};
        c.decisions = {decision_of(1, 1)};
        c.dead_letters = {letter_of(2, 1, 1)};
        c.audits = {{5, "accepted a gap"}};
        c.sink_positions = {{"kafka", 1}};
        c.has_limits = true;
        c.limits = {Limit{}};
        c.limit_series = {0};
        c.limits[0].window = kMonth;
    });
    std::vector<std::string> prefixes;
    for (const auto& [key, json] : dumped(true)) {  // which checks the order
        prefixes.push_back(key.substr(0, key.find_first_of('#')));
    }
    EXPECT_EQ(prefixes,
              (std::vector<std::string>{"ARRIVAL",
                                        "AUDIT",
                                        "DEAD",
                                        "DECISION",
                                        "DEDUP",
                                        "FEDCOST",
                                        "LIMIT",
                                        "META/COUNTS",
                                        "META/FORMAT",
                                        "META/OFFSET",
                                        "META/WATERMARK",
                                        "METER",
                                        "NEXT",
                                        "OUTBOX",
                                        "OUTBOX",
                                        "PANE",
                                        "PERIOD",
                                        "SINK",
                                        "WINDOW"}));
    EXPECT_EQ(dumped().size(), 9U);
}

TEST_F(StoreDump, ShowsOnlyKeysWithThePrefix) {
    open();
    commit([&](Commit& c) {
        c.panes = {{Pane(5), false, encode_pane({{AccountId(1), 0, 1}})}};
        c.dedup = {{Pane(5), {5}}};
        c.decisions = {decision_of(1, 1), decision_of(2, 1)};
    });
    EXPECT_EQ(dumped(true, "PANE#").size(), 1U);
    EXPECT_EQ(dumped(true, "D").size(), 3U);
    EXPECT_EQ(dumped(false, "OUTBOX#").size(), 2U);
    EXPECT_EQ(dumped(false, "OUTBOX#00000000000000000002").size(), 1U);
    EXPECT_EQ(dumped(false, "ZZZ").size(), 0U);
}

TEST_F(StoreDump, HasADigestOfTotalsAlone) {
    open();
    const PeriodTotals totals = totals_of(1, 1, kNovember);
    const auto charge = [&](Commit& c) {
        c.periods = {{"global", period_at(kMonth, kNovember), totals, true}};
    };
    commit(charge);
    const std::string before = digest_now();
    EXPECT_EQ(before.size(), 64U);
    commit([](Commit& c) {
        c.decisions = {decision_of(1, 1)};
        c.dead_letters = {letter_of(2, 1, 1)};
        c.sink_positions = {{"kafka", 2}};
        c.panes = {{Pane(5), false, encode_pane({{AccountId(1), 0, 1}})}};
    });
    EXPECT_EQ(digest_now(), before);
    open();
    EXPECT_EQ(digest_now(), before);
    commit([](Commit& c) { c.watermark = WatermarkRow{60'000, Pane(1), false}; });
    EXPECT_NE(digest_now(), before);
}

TEST_F(StoreDump, DigestIsTheSha256OfItsLines) {
    open();
    commit([](Commit& c) { c.watermark = WatermarkRow{120'000, Pane(2), true}; });
    // printf '{"key":"META/WATERMARK","record":{"watermark_ms":120000}}\n' | sha256sum
    EXPECT_EQ(digest_now(), "5e09acd1042142e5326e0334106ca3206ab65e7b1cfdd19f3d1c753bf458b0ba");
}

TEST_F(StoreDump, NeedsAStore) {
    const auto nothing = dump({directory_.path() + "/none", "", false}, [](auto, auto) {});
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().kind, ErrorKind::kUsage);
    EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/none"));
}

// What a future version would leave behind.
class NewerStore : public StoreFixture {
  protected:
    void write_format(uint32_t version) {
        const std::string path = directory_.path() + "/state";
        const DiskBudget budget = DiskSpace::of(path)->budget();
        auto database =
            Database::open({path, database_options(budget), state_families(budget), true, nullptr});
        ASSERT_TRUE(database);
        RecordEncoder encoder;
        const std::string_view format = encoder.format({version, 1, {}, {WindowKind::kMonth}});
        ASSERT_TRUE((*database)
                        ->db()
                        .Put({}, (*database)->family(0), rocksdb::Slice(kFormatKey), format)
                        .ok());
    }
};

// The way back: what an older version left is kept as it was when its format is raised.
TEST_F(NewerStore, KeepsWhatAnOlderVersionLeft) {
    write_format(kFormatVersion - 1);
    const std::string kept =
        fmt::format("{}/state-format-{}", directory_.path(), kFormatVersion - 1);
    EXPECT_FALSE(std::filesystem::exists(kept));
    open();
    EXPECT_TRUE(std::filesystem::exists(kept + "/CURRENT"));
    store_.reset();
    const std::string raised = fmt::format("\"version\":{}", kFormatVersion);
    EXPECT_NE(dumped(true).at("META/FORMAT").find(raised), std::string::npos);
    std::filesystem::remove_all(directory_.path() + "/state");
    std::filesystem::rename(kept, directory_.path() + "/state");
    const std::string before = fmt::format("\"version\":{}", kFormatVersion - 1);
    EXPECT_NE(dumped(true).at("META/FORMAT").find(before), std::string::npos);
    open();
    EXPECT_TRUE(std::filesystem::exists(kept + "/CURRENT"));
}

TEST_F(NewerStore, IsRefusedByItsFormat) {
    write_format(kFormatVersion + 1);
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kConfig);
    EXPECT_NE(opened.error().message.find("newer spantoll"), std::string::npos);
    const auto read = dump({directory_.path(), "", false}, [](auto, auto) {});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kConfig);
}

TEST_F(NewerStore, IsRefusedByAFamilyThatIsUnknown) {
    open();
    store_.reset();
    const std::string path = directory_.path() + "/state";
    const DiskBudget budget = DiskSpace::of(path)->budget();
    std::vector<rocksdb::ColumnFamilyDescriptor> families = state_families(budget);
    families.emplace_back("tiers", rocksdb::ColumnFamilyOptions());
    ASSERT_TRUE(Database::open({path, database_options(budget), families, true, nullptr}));
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kConfig);
    EXPECT_NE(opened.error().message.find("'tiers'"), std::string::npos);
}

}  // namespace
}  // namespace spantoll::store
