#include "store/database/database.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/threads_named.h"

namespace spantoll::store {
namespace {

// Files of the WAL with something in them, oldest first.
std::vector<std::string> wals_of(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        if (entry.path().extension() == ".log" && entry.file_size() > 0) {
            names.push_back(entry.path());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

// The nice values of this process's threads of a name.
std::vector<int> nice_values(const std::string& name) {
    std::vector<int> values;
    for (const id_t thread : threads_named(name)) {
        values.push_back(::getpriority(PRIO_PROCESS, thread));
    }
    return values;
}

// Flushes do not: memory waits for them.
TEST(Database, CompactionsYieldToTheEngine) {
    const TemporaryDirectory directory;
    const std::unique_ptr<Database> database = open_state_database(directory.path());
    rocksdb::DB& db = database->db();
    const int mine = ::getpriority(PRIO_PROCESS, 0);
    ASSERT_TRUE(db.Put({}, database->family(0), "key", "value").ok());
    // A thread takes its priority over before its first work.
    ASSERT_TRUE(db.Flush({}, database->family(0)).ok());
    const std::vector<int> flushing = nice_values("rocksdb:high");
    ASSERT_FALSE(flushing.empty());
    EXPECT_EQ(flushing.front(), mine);
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    ASSERT_TRUE(db.CompactRange(whole, database->family(0), nullptr, nullptr).ok());
    const std::vector<int> compacting = nice_values("rocksdb:low");
    ASSERT_FALSE(compacting.empty());
    EXPECT_GT(compacting.front(), mine);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), mine);
}

TEST(Database, WithoutItsCurrentIsNotMadeAnew) {
    const TemporaryDirectory directory;
    { open_state_database(directory.path()); }
    std::filesystem::remove(directory.path() + "/state/CURRENT");
    const DiskBudget budget{kBufferBytesMin, 0};
    DatabaseSetup setup;
    setup.path = directory.path() + "/state";
    setup.options = database_options(budget);
    setup.families = state_families(budget);
    for (const bool views : {false, true}) {
        const auto opened = views ? Database::open_view(setup) : Database::open(setup);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, ErrorKind::kDisk);
        EXPECT_NE(opened.error().message.find("/CURRENT is missing"), std::string::npos)
            << opened.error().message;
    }
}

// A state whose oldest file of the WAL was synced, because a table of another family began a new
// one; the oldest holds what is in no table.
class SyncedWalTest : public testing::Test {
  protected:
    void SetUp() override {
        {
            const std::unique_ptr<Database> database = open_state_database(live_.path());
            ASSERT_TRUE(database->db().Put({}, database->family(1), "a", "1").ok());
            ASSERT_TRUE(database->db().Put({}, database->family(1), "a2", "1").ok());
            ASSERT_TRUE(database->db().Put({}, database->family(0), "b", "1").ok());
            ASSERT_TRUE(database->db().Flush({}, database->family(0)).ok());
            ASSERT_TRUE(database->db().Put({}, database->family(0), "c", "1").ok());
            ASSERT_TRUE(database->db().SyncWAL().ok());
            copy_as_killed(live_.path(), killed_.path());
        }
        wals_ = wals_of(state());
        ASSERT_EQ(wals_.size(), 2U);
        const DiskBudget budget{kBufferBytesMin, 0};
        setup_.path = state();
        setup_.options = database_options(budget);
        setup_.families = state_families(budget);
    }

    std::string state() const { return killed_.path() + "/state"; }
    std::string file_named(std::string_view part) const {
        for (const auto& entry : std::filesystem::directory_iterator(state())) {
            if (entry.path().filename().string().find(part) != std::string::npos) {
                return entry.path();
            }
        }
        return {};
    }
    // Neither a view nor a start; both say what is wrong with which file, and what to do.
    void expect_refusal(const std::string& file, std::string_view what) const {
        for (const bool is_view : {true, false}) {
            const auto opened = is_view ? Database::open_view(setup_) : Database::open(setup_);
            ASSERT_FALSE(opened);
            EXPECT_EQ(opened.error().kind, ErrorKind::kDisk);
            const std::string& message = opened.error().message;
            EXPECT_NE(message.find(file), std::string::npos) << message;
            EXPECT_NE(message.find(what), std::string::npos) << message;
            EXPECT_NE(message.find("restore a backup, or move the directory away and have the log "
                                   "read again"),
                      std::string::npos)
                << message;
        }
    }

    TemporaryDirectory live_;
    TemporaryDirectory killed_;
    std::vector<std::string> wals_;
    DatabaseSetup setup_;
};

TEST_F(SyncedWalTest, AMissingOneIsNamed) {
    std::filesystem::remove(wals_.front());
    expect_refusal(wals_.front(), "is missing");
}

TEST_F(SyncedWalTest, OneThatWasCutShortIsNamed) {
    std::filesystem::resize_file(wals_.front(), std::filesystem::file_size(wals_.front()) - 3);
    expect_refusal(wals_.front(), "at byte");
}

TEST_F(SyncedWalTest, AMissingTableIsCalledByItsName) {
    const std::string table = file_named(".sst");
    std::filesystem::remove(table);
    expect_refusal(table, "is missing");
}

TEST_F(SyncedWalTest, AMissingManifestIsCalledByItsName) {
    const std::string manifest = file_named("MANIFEST-");
    std::filesystem::remove(manifest);
    expect_refusal(manifest, "is missing");
}

TEST_F(SyncedWalTest, AMissingOneThatIsAcceptedIsGoneOnWithout) {
    std::filesystem::remove(wals_.front());
    setup_.wal_rule = WalRule::kRefuses;
    const auto refused = Database::open(setup_);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find(wals_.front()), std::string::npos);
    EXPECT_NE(refused.error().message.find("run --accept-gap"), std::string::npos);
    for (const WalRule rule : {WalRule::kAccepts, WalRule::kRefuses}) {
        setup_.wal_rule = rule;
        const auto opened = Database::open(setup_);
        ASSERT_TRUE(opened) << opened.error().message;
        EXPECT_EQ((*opened)->wal_findings().is_damaged, rule == WalRule::kAccepts);
        std::string value;
        EXPECT_TRUE((*opened)->db().Get({}, (*opened)->family(0), "c", &value).ok());
    }
}

}  // namespace
}  // namespace spantoll::store
