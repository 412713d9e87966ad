#include <csignal>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "store/files/disk_space.h"
#include "store/files/fault_file_system.h"
#include "store/topic/log.h"
#include "tests/store/store_fixture.h"

namespace spantoll::store {
namespace {

class StoreFaults : public StoreFixture {
  protected:
    StoreFaults() { options_.file_system = make_fault_file_system(faults_); }

    Result<void> charge(int account, Durability durability = Durability::kWritten) {
        const PeriodTotals totals = totals_of(1, account, kNovember);
        const std::string name = "service:s" + std::to_string(account);
        Commit commit;
        commit.periods = {{name, period_at(kMonth, kNovember), totals, true}};
        return store_->commit(commit, durability);
    }

    size_t rows_after_reopening() {
        store_.reset();
        faults_->heal();
        return reloaded().open_periods.size();
    }

    std::shared_ptr<FaultSwitch> faults_ = std::make_shared<FaultSwitch>();
};

TEST_F(StoreFaults, FullDiskLosesNothingThatWasCommitted) {
    open();
    ASSERT_TRUE(charge(1));
    faults_->fail_writes_after(Fault::kNoSpace, 10);
    const Result<void> second = charge(2);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kDisk);
    EXPECT_NE(second.error().message.find("No space left"), std::string::npos);
    EXPECT_EQ(second.error().message.find('\n'), std::string::npos);
    EXPECT_EQ(rows_after_reopening(), 1U);
}

TEST_F(StoreFaults, NothingIsWrittenAfterAFailure) {
    open();
    ASSERT_TRUE(charge(1));
    faults_->fail_writes_after(Fault::kIoError, 0);
    ASSERT_FALSE(charge(2));
    faults_->heal();
    EXPECT_FALSE(charge(3)) << "its memory ran ahead of the disk";
    EXPECT_FALSE(store_->sync());
    EXPECT_EQ(rows_after_reopening(), 1U);
    ASSERT_TRUE(charge(3));
    EXPECT_EQ(rows_after_reopening(), 2U);
}

TEST_F(StoreFaults, AnFsyncThatFailsFailsTheCommit) {
    open();
    ASSERT_TRUE(charge(1, Durability::kSynced));
    faults_->fail_syncs_after(Fault::kIoError, 0);
    const Result<void> synced = store_->sync();
    ASSERT_FALSE(synced);
    EXPECT_EQ(synced.error().kind, ErrorKind::kDisk);
    EXPECT_FALSE(charge(2));
    EXPECT_EQ(rows_after_reopening(), 1U);
}

TEST_F(StoreFaults, ACommitThatIsKilledHalfWayLeavesNothing) {
    open();
    ASSERT_TRUE(charge(1));
    store_.reset();
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Result<std::unique_ptr<Store>> opened = try_open();
        if (!opened) {
            _exit(1);
        }
        store_ = std::move(*opened);
        if (!charge(2)) {
            _exit(2);
        }
        faults_->kill_in_wal_append();
        charge(3).has_value();
        _exit(3);  // must have died
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    EXPECT_EQ(WTERMSIG(status), SIGKILL);
    EXPECT_EQ(dumped(false, "FEDCOST#").size(), 2U) << "seen by a reader";
    EXPECT_EQ(rows_after_reopening(), 2U);
}

TEST_F(StoreFaults, TheTopicFailsWithItsDisk) {
    const TopicLogOptions topic{
        directory_.path(), 1'000'000, 10, true, false, options_.file_system};
    {
        auto log = TopicLog::open(topic);
        ASSERT_TRUE(log) << log.error().message;
        ASSERT_TRUE((*log)->append({{"", "first"}}, 1));
        faults_->fail_syncs_after(Fault::kNoSpace, 0);
        const auto failed = (*log)->append({{"", "second"}}, 2);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().kind, ErrorKind::kDisk);
        EXPECT_EQ((*log)->end_offset(), 1);
        faults_->heal();
        EXPECT_FALSE((*log)->append({{"", "third"}}, 3));
        // The reader gets what is on disk, then learns that nothing will come.
        EXPECT_EQ((*log)->read(0, 10, 1000, 0)->front().bytes, "first");
        const auto after = (*log)->read(1, 10, 1000, 0);
        ASSERT_FALSE(after);
        EXPECT_EQ(after.error().kind, ErrorKind::kDisk);
    }
    auto log = TopicLog::open(topic);
    ASSERT_TRUE(log);
    EXPECT_EQ((*log)->read(0, 10, 1000, 0)->front().bytes, "first");
}

TEST(DiskBudget, FollowsTheFileSystem) {
    struct Row {
        uint64_t file_system_mib;
        uint64_t buffer_mib;
        uint64_t reserve_mib;
    };
    for (const Row& row : {Row{4, 1, 2}, {64, 2, 8}, {512, 16, 64}, {1 << 20, 24, 96}}) {
        const DiskBudget budget = disk_budget(row.file_system_mib << 20);
        EXPECT_EQ(budget.buffer_bytes >> 20, row.buffer_mib) << row.file_system_mib;
        EXPECT_EQ(budget.reserve_bytes >> 20, row.reserve_mib) << row.file_system_mib;
    }
}

}  // namespace
}  // namespace spantoll::store
