// A log that does not go on from where the store stopped, or has a hole.
#include "tools/pipeline/embedded_source.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "schemas/crc32c.h"
#include "tests/store/temporary_directory.h"
#include "tests/tools/pipeline/fake_clock.h"
#include "tools/pipeline/embedded_start.h"

namespace spantoll::tools {
namespace {

using ingest::GapPolicy;

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01
constexpr ingest::PollLimits kPoll{.records_max = 100, .bytes_max = 1 << 20, .wait_ms = 0};

class EmbeddedSourceTest : public ::testing::Test {
  protected:
    std::unique_ptr<store::TopicLog> open() const {
        store::TopicLogOptions options;
        options.directory = directory_.path();
        options.retention_ms = kHourMs;
        Result<std::unique_ptr<store::TopicLog>> log = store::TopicLog::open(options);
        EXPECT_TRUE(log) << log.error().message;
        return std::move(*log);
    }
    // Record n is "n", appended at kStartMs + n.
    static void fill(store::TopicLog& log, int64_t from, int64_t to) {
        for (int64_t n = from; n < to; ++n) {
            ASSERT_TRUE(log.append({{"application/json", std::to_string(n)}}, kStartMs + n));
        }
    }
    // As retention does, of all before the offset.
    static void remove_before(store::TopicLog& log, int64_t offset) {
        log.set_consumed(offset);
        ASSERT_TRUE(log.enforce_retention(kStartMs + kDayMs));
    }
    static ingest::StartPosition after(int64_t last) {
        const std::string bytes = std::to_string(last);
        return {
            last + 1, last, {kStartMs + last, static_cast<uint32_t>(bytes.size()), crc32c(bytes)}};
    }
    Result<EmbeddedStart> plan(store::TopicLog& log,
                               const ingest::StartPosition& stored,
                               GapPolicy gaps = GapPolicy::kRefuse) const {
        return plan_embedded_start(log, directory_.path(), stored, gaps);
    }
    void expect_refusal(const Result<EmbeddedStart>& start, const std::string& text) const {
        ASSERT_FALSE(start);
        EXPECT_EQ(start.error().kind, ErrorKind::kConfig);
        EXPECT_NE(start.error().message.find(text), std::string::npos) << start.error().message;
        EXPECT_NE(start.error().message.find("--accept-gap"), std::string::npos);
    }
    std::vector<int64_t> offsets_of(const Result<ingest::RecordBatch>& batch) const {
        std::vector<int64_t> offsets;
        EXPECT_TRUE(batch) << batch.error().message;
        for (const ingest::Record& record : batch->records) {
            offsets.push_back(record.offset);
        }
        return offsets;
    }

    store::TemporaryDirectory directory_;
    FakeClock clock_{kStartMs};
};

TEST_F(EmbeddedSourceTest, GoesOnWhereTheStoreStopped) {
    const auto log = open();
    fill(*log, 0, 10);
    EXPECT_EQ(plan(*log, {})->offset, 0);
    EXPECT_EQ(plan(*log, after(4))->offset, 5);
    EXPECT_EQ(plan(*log, after(9))->offset, 10);
    remove_before(*log, 6);
    EXPECT_EQ(plan(*log, after(5))->offset, 6) << "all that was removed had been read";
}

TEST_F(EmbeddedSourceTest, ALogWhoseOldEndWasRemovedUnreadNeedsAPerson) {
    const auto log = open();
    fill(*log, 0, 10);
    remove_before(*log, 6);
    expect_refusal(plan(*log, {}), "begins at offset 6, but reading goes on from 0: 6 records");
    expect_refusal(plan(*log, after(2)),
                   "begins at offset 6, but reading goes on from 3: 3 records");
    const Result<EmbeddedStart> accepted = plan(*log, after(2), GapPolicy::kAccept);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->offset, 6);
    EXPECT_EQ(accepted->gaps.size(), 1U);
}

TEST_F(EmbeddedSourceTest, ALogThatEndsBeforeThePositionNeedsAPerson) {
    const auto log = open();
    fill(*log, 0, 10);
    expect_refusal(plan(*log, after(19)), "ends at offset 10, before the stored position 20");
    const Result<EmbeddedStart> accepted = plan(*log, after(19), GapPolicy::kAccept);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->offset, 10) << "what is there was read";
}

TEST_F(EmbeddedSourceTest, ALogThatWasMadeAgainNeedsAPerson) {
    const auto log = open();
    for (int64_t n = 0; n < 10; ++n) {
        ASSERT_TRUE(log->append({{"application/json", "new"}}, kStartMs + kHourMs + n));
    }
    expect_refusal(plan(*log, after(4)), "the record at offset 4");
    expect_refusal(plan(*log, after(19)), "ends at offset 10");
    EXPECT_EQ(plan(*log, after(4), GapPolicy::kAccept)->offset, 0) << "all of it is new";
    EXPECT_EQ(plan(*log, after(19), GapPolicy::kAccept)->offset, 0);
}

// Removes records behind the log's back, as a lost file does.
void lose(const std::string& directory, int64_t from, int64_t to) {
    std::vector<std::string> names;
    const std::string path = directory + "/topic";
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) {
        families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> database(raw);
    for (rocksdb::ColumnFamilyHandle* family : handles) {
        const std::unique_ptr<rocksdb::Iterator> rows(database->NewIterator({}, family));
        int64_t n = 0;
        for (rows->SeekToFirst(); rows->Valid(); rows->Next(), ++n) {
            if (family->GetName() == rocksdb::kDefaultColumnFamilyName && n >= from && n < to) {
                ASSERT_TRUE(database->Delete({}, family, rows->key()).ok());
            }
        }
    }
    for (rocksdb::ColumnFamilyHandle* family : handles) {
        ASSERT_TRUE(database->DestroyColumnFamilyHandle(family).ok());
    }
}

TEST_F(EmbeddedSourceTest, AHoleInTheMiddleIsFound) {
    fill(*open(), 0, 10);
    lose(directory_.path(), 3, 6);
    const auto log = open();
    EmbeddedSource source(*log, clock_, {});
    const Result<ingest::RecordBatch> batch = source.poll(kPoll);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().kind, ErrorKind::kConfig);
    EXPECT_NE(batch.error().message.find("has lost 3 records, from offset 3 to 5"),
              std::string::npos)
        << batch.error().message;
}

TEST_F(EmbeddedSourceTest, AnAcceptedHoleIsPassedAndTold) {
    fill(*open(), 0, 10);
    lose(directory_.path(), 3, 6);
    const auto log = open();
    EmbeddedSource source(*log, clock_, {.gaps = GapPolicy::kAccept});
    EXPECT_EQ(offsets_of(source.poll(kPoll)), (std::vector<int64_t>{0, 1, 2, 6, 7, 8, 9}));
    EXPECT_EQ(source.take_gaps().size(), 1U);
    EXPECT_EQ(source.take_gaps().size(), 0U);
}

TEST_F(EmbeddedSourceTest, TheEndIsNoHole) {
    const auto log = open();
    fill(*log, 0, 10);
    EmbeddedSource source(*log, clock_, {});
    EXPECT_EQ(offsets_of(source.poll(kPoll)).size(), 10U);
    EXPECT_EQ(offsets_of(source.poll(kPoll)).size(), 0U);
}

// The wall clock is 40 days ahead for a while: retention by age would have removed all that was
// read.
TEST_F(EmbeddedSourceTest, RetentionBelievesTheWallClockAsFarAsTimePassed) {
    const auto log = open();
    fill(*log, 0, 10);
    EmbeddedSource source(*log, clock_, {});
    EXPECT_EQ(offsets_of(source.poll(kPoll)).size(), 10U);
    clock_.set_wall_by(40 * kDayMs);
    clock_.pass(2 * kMinuteMs);
    source.positions_are_durable({10});
    EXPECT_EQ(log->begin_offset(), 0);
    clock_.pass(2 * kHourMs);
    source.positions_are_durable({10});
    EXPECT_EQ(log->begin_offset(), 10);
}

}  // namespace
}  // namespace spantoll::tools
