#include "store/database/database.h"

#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <vector>

#include <gtest/gtest.h>

#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"
#include "tests/store/threads_named.h"

namespace spantoll::store {
namespace {

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

}  // namespace
}  // namespace spantoll::store
