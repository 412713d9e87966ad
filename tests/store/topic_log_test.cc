#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/topic/log.h"
#include "tests/store/temporary_directory.h"

namespace spantoll::store {
namespace {

class TopicLogTest : public testing::Test {
  protected:
    TopicLogTest() { options_.directory = directory_.path(); }

    void open() {
        log_.reset();
        Result<std::unique_ptr<TopicLog>> opened = TopicLog::open(options_);
        ASSERT_TRUE(opened) << opened.error().message;
        log_ = std::move(*opened);
    }

    TopicLog::Appended append(const std::string& bytes, int64_t now_ms) {
        const auto appended = log_->append({{"application/json", bytes}}, now_ms);
        EXPECT_TRUE(appended) << appended.error().message;
        return appended.value_or(TopicLog::Appended{-1, -1});
    }

    std::vector<LogRecord> read(int64_t offset,
                                size_t records_max = 1000,
                                size_t bytes_max = 1 << 30) {
        const auto records = log_->read(offset, records_max, bytes_max, 0);
        EXPECT_TRUE(records) << records.error().message;
        return records.value_or(std::vector<LogRecord>());
    }

    TemporaryDirectory directory_;
    TopicLogOptions options_;
    std::unique_ptr<TopicLog> log_;
};

TEST_F(TopicLogTest, ReadsWhatWasAppended) {
    open();
    EXPECT_EQ(log_->end_offset(), 0);
    EXPECT_TRUE(read(0).empty());
    const auto appended = log_->append({{"a", "first"}, {"", std::string("\0\n", 2)}}, 50);
    ASSERT_TRUE(appended);
    EXPECT_EQ(appended->first_offset, 0);
    EXPECT_EQ(appended->append_ms, 50);
    EXPECT_EQ(append("third", 60).first_offset, 2);
    const std::vector<LogRecord> records = read(0);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].content_type, "a");
    EXPECT_EQ(records[0].bytes, "first");
    EXPECT_EQ(records[1].bytes, std::string("\0\n", 2));
    EXPECT_EQ(records[2].offset, 2);
    EXPECT_EQ(records[2].append_ms, 60);
    EXPECT_EQ(read(2).size(), 1U);
    EXPECT_TRUE(read(3).empty());
}

TEST_F(TopicLogTest, KeepsWhatIsSetBesideTheBytes) {
    open();
    ASSERT_TRUE(log_->append({{"a", "first", "customer=acme"}, {"a", "second"}}, 50));
    open();
    const std::vector<LogRecord> records = read(0);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].content_type, "a");
    EXPECT_EQ(records[0].set, "customer=acme");
    EXPECT_EQ(records[0].bytes, "first");
    EXPECT_EQ(records[1].set, "");
}

TEST_F(TopicLogTest, ACheckpointIsALogOfItsOwn) {
    open();
    append("first", 10);
    ASSERT_TRUE(log_->checkpoint(directory_.path() + "/copy"));
    append("second", 20);
    log_.reset();
    const std::string elsewhere = directory_.path() + "/elsewhere";
    std::filesystem::create_directory(elsewhere);
    std::filesystem::rename(directory_.path() + "/copy", elsewhere + "/topic");
    options_.directory = elsewhere;
    open();
    EXPECT_EQ(log_->end_offset(), 1);
    EXPECT_EQ(append("another", 30).first_offset, 1);
    EXPECT_EQ(read(0)[0].bytes, "first");
}

TEST_F(TopicLogTest, ReadsNoMoreThanAsked) {
    open();
    for (int i = 0; i < 5; ++i) {
        append(std::string(100, 'x'), i);
    }
    EXPECT_EQ(read(0, 2).size(), 2U);
    EXPECT_EQ(read(0, 10, 250).size(), 2U);
    EXPECT_EQ(read(0, 10, 1).size(), 1U) << "one at least, however large";
}

TEST_F(TopicLogTest, GoesOnWhereItWas) {
    open();
    append("first", 100);
    append("second", 50);
    open();
    EXPECT_EQ(log_->begin_offset(), 0);
    EXPECT_EQ(log_->end_offset(), 2);
    EXPECT_EQ(append("third", 20).first_offset, 2);
    const std::vector<LogRecord> records = read(0);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[1].append_ms, 100) << "append times never go back";
    EXPECT_EQ(records[2].append_ms, 100);
}

TEST_F(TopicLogTest, WaitsForAFirstRecord) {
    open();
    auto reading = std::async(std::launch::async, [&] { return log_->read(0, 10, 1000, 60'000); });
    append("first", 1);
    const auto records = reading.get();
    ASSERT_TRUE(records);
    EXPECT_EQ(records->size(), 1U);
}

TEST_F(TopicLogTest, TakesRecordsOfManyThreadsInOneOrder) {
    open();
    constexpr int kThreads = 8;
    constexpr int kAppends = 50;
    std::vector<std::thread> threads;
    std::vector<std::vector<int64_t>> offsets(kThreads);
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kAppends; ++i) {
                const auto appended =
                    log_->append({{"", std::to_string(t)}, {"", std::to_string(i)}}, i);
                offsets[static_cast<size_t>(t)].push_back(appended ? appended->first_offset : -1);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(log_->end_offset(), kThreads * kAppends * 2);
    const std::vector<LogRecord> records = read(0);
    ASSERT_EQ(records.size(), static_cast<size_t>(kThreads * kAppends * 2));
    for (int t = 0; t < kThreads; ++t) {
        for (int i = 0; i < kAppends; ++i) {
            const auto at =
                static_cast<size_t>(offsets[static_cast<size_t>(t)][static_cast<size_t>(i)]);
            ASSERT_LT(at + 1, records.size());
            EXPECT_EQ(records[at].bytes, std::to_string(t));
            EXPECT_EQ(records[at + 1].bytes, std::to_string(i))
                << "records of a call stay together";
        }
    }
    EXPECT_TRUE(std::is_sorted(records.begin(), records.end(), [](const auto& a, const auto& b) {
        return a.append_ms < b.append_ms;
    }));
}

TEST_F(TopicLogTest, ForgetsRecordsByAge) {
    options_.retention_ms = 1000;
    open();
    for (int64_t at_ms = 0; at_ms < 10; ++at_ms) {
        append("x", 1000 + at_ms * 100);
    }
    ASSERT_TRUE(log_->enforce_retention(2500));
    EXPECT_EQ(log_->begin_offset(), 0) << "none of it is consumed";
    log_->set_consumed(10);
    ASSERT_TRUE(log_->enforce_retention(2500));
    EXPECT_EQ(log_->begin_offset(), 5);
    EXPECT_EQ(read(0).front().offset, 5);
    open();
    EXPECT_EQ(log_->begin_offset(), 5);
    EXPECT_EQ(log_->end_offset(), 10);
}

TEST_F(TopicLogTest, KeepsItsOffsetsWhenEveryRecordIsGone) {
    options_.retention_ms = 10;
    open();
    append("x", 700);
    log_->set_consumed(1);
    ASSERT_TRUE(log_->enforce_retention(10'000));
    EXPECT_EQ(log_->begin_offset(), 1);
    open();
    EXPECT_EQ(log_->begin_offset(), 1);
    EXPECT_EQ(log_->end_offset(), 1);
    const TopicLog::Appended appended = append("y", 1);
    EXPECT_EQ(appended.first_offset, 1);
    EXPECT_EQ(appended.append_ms, 700);
}

TEST_F(TopicLogTest, IsBoundedBySizeAndRefusesWhatWouldPushOutUnreadRecords) {
    options_.retention_mb = 1;
    open();
    const std::string large(100'000, 'x');
    for (int i = 0; i < 10; ++i) {
        append(large, i);
    }
    const auto refused = log_->append({{"", large}}, 11);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
    log_->set_consumed(2);
    EXPECT_EQ(append(large, 11).first_offset, 10);
    EXPECT_EQ(log_->begin_offset(), 1);
    log_->set_consumed(11);
    for (int i = 0; i < 30; ++i) {
        append(large, 12);
        log_->set_consumed(log_->end_offset());
    }
    EXPECT_EQ(log_->end_offset(), 41);
    EXPECT_GE(log_->begin_offset(), 31);
    EXPECT_LE(log_->begin_offset(), 33);
    EXPECT_EQ(read(0).front().offset, log_->begin_offset());
}

TEST_F(TopicLogTest, IsReadByASecondProcessWhileTheFirstRuns) {
    open();
    append("first", 1);
    TopicLogOptions view = options_;
    view.read_only = true;
    const auto other = TopicLog::open(view);
    ASSERT_TRUE(other) << other.error().message;
    EXPECT_EQ((*other)->end_offset(), 1);
    append("second", 2);
    const auto records = (*other)->read(0, 10, 1000, 60'000);
    ASSERT_TRUE(records);
    ASSERT_EQ(records->size(), 1U) << "what was there when it was opened";
    EXPECT_EQ(records->front().bytes, "first");
    EXPECT_TRUE((*other)->read(1, 10, 1000, 60'000)->empty());
}

TEST_F(TopicLogTest, IsBusyForASecondWriter) {
    open();
    const auto second = TopicLog::open(options_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::kBusy);
}

TEST_F(TopicLogTest, NeedsATopicToLookAt) {
    options_.read_only = true;
    const auto none = TopicLog::open(options_);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace spantoll::store
