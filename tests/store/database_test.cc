#include "store/database.h"

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "store/disk_priority.h"
#include "tests/store/state_database.h"
#include "tests/store/temporary_directory.h"

namespace spantoll::store {
namespace {

// This process's threads of a name.
std::vector<id_t> threads_named(const std::string& name) {
    std::vector<id_t> threads;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string comm;
        std::getline(std::ifstream(task.path() / "comm"), comm);
        if (comm == name) {
            threads.push_back(static_cast<id_t>(std::stoul(task.path().filename())));
        }
    }
    return threads;
}

std::vector<int> nice_values(const std::string& name) {
    std::vector<int> values;
    for (const id_t thread : threads_named(name)) {
        values.push_back(::getpriority(PRIO_PROCESS, thread));
    }
    return values;
}

constexpr int64_t kRealtime = 1;  // ioprio_get(2)

// 0 is the thread that asks.
int64_t io_class(id_t thread) {
    constexpr int kWhoProcess = 1;
    constexpr int kClassShift = 13;
    return syscall(SYS_ioprio_get, kWhoProcess, thread) >> kClassShift;
}

// RocksDB's threads take over the class of the one that starts them: whoever opens, not the engine.
// The first test of this program, as they are the process's and begin once.
TEST(Database, ItsThreadsDoNotGoFirstWithTheEngine) {
    const TemporaryDirectory directory;
    const std::unique_ptr<Database> database = open_state_database(directory.path());
    std::thread engine([&] {
        if (!put_disk_work_of_this_thread_first()) {
            EXPECT_EQ(errno, EPERM);
            return;
        }
        EXPECT_EQ(io_class(0), kRealtime);
        EXPECT_TRUE(database->db().Put({}, database->family(0), "key", "value").ok());
        EXPECT_TRUE(database->db().Flush({}, database->family(0)).ok());
        EXPECT_TRUE(database->db().CompactRange({}, database->family(0), nullptr, nullptr).ok());
    });
    engine.join();
    for (const char* name : {"rocksdb:high", "rocksdb:low"}) {
        const std::vector<id_t> threads = threads_named(name);
        ASSERT_FALSE(threads.empty()) << name;
        EXPECT_NE(io_class(threads.front()), kRealtime) << name;
    }
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

}  // namespace
}  // namespace spantoll::store
