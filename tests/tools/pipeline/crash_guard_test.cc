#include "tools/pipeline/crash_guard.h"

#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"

namespace spantoll::tools {
namespace {

using Turn = CrashGuard::Turn;

// One process after the other on the same store. A life reads records from offset 0 on; what it
// began last when it ends without stop() is where it died.
class CrashGuardTest : public testing::Test {
  protected:
    CrashGuardTest() { EXPECT_TRUE(rig_.start(*rig_.read_settings(""))); }

    // The guard of a new process.
    void begin_life() {
        guard_.reset();
        EXPECT_TRUE(rig_.restart(*rig_.read_settings("")));
        guard_ = std::make_unique<CrashGuard>(rig_.store(), rig_.running(), rig_.engine());
        EXPECT_TRUE(guard_->start());
    }

    static ingest::Record record_at(int64_t offset, PartitionIndex partition = 0) {
        ingest::Record record;
        record.partition = partition;
        record.offset = offset;
        record.bytes = R"({"team":"t","time_ms":1700000000000})";
        return record;
    }

    Turn turn_of(int64_t offset, PartitionIndex partition = 0) {
        const Result<Turn> turn = guard_->begin(record_at(offset, partition));
        EXPECT_TRUE(turn);
        return turn.value_or(Turn::kRefuse);
    }

    // Reads everything below `end`, commits it, and says so to the guard.
    void commit_to(int64_t end) {
        for (int64_t offset = rig_.engine().next_offset(0); offset < end; ++offset) {
            rig_.engine().apply(record_at(offset), 1);
        }
        EXPECT_TRUE(rig_.commit());
        guard_->committed();
    }

    EngineRig rig_{2};
    std::unique_ptr<CrashGuard> guard_;
};

TEST_F(CrashGuardTest, WatchesNothingAfterAnOrderlyEnd) {
    begin_life();
    EXPECT_FALSE(guard_->follows_a_crash());
    EXPECT_FALSE(guard_->is_watching(0));
    EXPECT_TRUE(guard_->stop());
    begin_life();
    EXPECT_FALSE(guard_->follows_a_crash());
}

TEST_F(CrashGuardTest, RefusesTheRecordOfThreeDeathsAndNoOther) {
    begin_life();  // dies at 2, and nobody knows where
    begin_life();
    EXPECT_TRUE(guard_->is_watching(0));
    for (const int64_t offset : {0, 1, 2}) {
        EXPECT_EQ(turn_of(offset), Turn::kFold);
    }
    begin_life();
    EXPECT_EQ(guard_->suspects(), "spans/0@2 (2 deaths)");
    for (const int64_t offset : {0, 1, 2}) {
        EXPECT_EQ(turn_of(offset), Turn::kFold);
    }
    begin_life();
    EXPECT_EQ(turn_of(0), Turn::kFold);
    EXPECT_EQ(turn_of(1), Turn::kFold);
    EXPECT_EQ(turn_of(2), Turn::kRefuse);
    EXPECT_EQ(turn_of(3), Turn::kFold);
}

// The first death may have been anywhere, so it counts only while nothing was committed since.
TEST_F(CrashGuardTest, ADeathBeforeACommitIsNotCountedForARecordBehindIt) {
    begin_life();  // dies
    begin_life();
    commit_to(2);
    EXPECT_EQ(turn_of(2), Turn::kFold);  // dies
    begin_life();
    EXPECT_EQ(guard_->suspects(), "spans/0@2 (1 death)");
    EXPECT_EQ(turn_of(2), Turn::kFold);  // dies
    begin_life();
    EXPECT_EQ(turn_of(2), Turn::kFold);  // dies
    begin_life();
    EXPECT_EQ(turn_of(2), Turn::kRefuse);
}

TEST_F(CrashGuardTest, ADeathBetweenTwoRecordsIsNobodys) {
    begin_life();
    for (int life = 0; life < 5; ++life) {
        begin_life();
        EXPECT_EQ(turn_of(0), Turn::kFold);
        EXPECT_TRUE(guard_->end_batch());  // dies in the commit
    }
    begin_life();
    EXPECT_EQ(guard_->suspects(), "");
}

TEST_F(CrashGuardTest, AnErrorIsNoDeath) {
    begin_life();
    for (int life = 0; life < 5; ++life) {
        begin_life();
        EXPECT_EQ(turn_of(0), Turn::kFold);
        guard_->failed();
    }
    begin_life();
    EXPECT_EQ(turn_of(0), Turn::kFold);
}

TEST_F(CrashGuardTest, ACommittedRecordIsASuspectNoMore) {
    begin_life();
    begin_life();
    EXPECT_EQ(turn_of(0), Turn::kFold);  // dies
    begin_life();
    EXPECT_EQ(turn_of(0), Turn::kFold);
    EXPECT_TRUE(guard_->end_batch());
    commit_to(1);
    EXPECT_EQ(guard_->suspects(), "");
}

// Of two partitions the order may be another one after each start.
TEST_F(CrashGuardTest, DeathsAtTwoRecordsByTurnsAreCountedForBoth) {
    begin_life();
    begin_life();
    EXPECT_EQ(turn_of(7, 0), Turn::kFold);  // 2 deaths, with the first of all
    for (int life = 0; life < 2; ++life) {
        begin_life();
        EXPECT_EQ(turn_of(9, 1), Turn::kFold);
    }
    begin_life();
    EXPECT_EQ(turn_of(7, 0), Turn::kFold);
    begin_life();
    EXPECT_EQ(turn_of(7, 0), Turn::kRefuse);
    EXPECT_EQ(turn_of(9, 1), Turn::kFold);
    begin_life();
    EXPECT_EQ(turn_of(9, 1), Turn::kRefuse);
}

}  // namespace
}  // namespace spantoll::tools
