#include "tools/http/append_queue.h"

#include <future>

#include <gtest/gtest.h>

#include "tools/http/limits.h"

namespace spantoll::tools {
namespace {

// Takes one group at a time, each when the test says so.
class GatedLog {
  public:
    AppendQueue::Append append() {
        return [this](std::vector<PostedRecord> records) -> Result<PostedAt> {
            std::unique_lock lock(mutex_);
            begun_.push_back(records.size());
            changed_.notify_all();
            changed_.wait(lock, [&] { return is_open_; });
            if (error_) {
                return tl::make_unexpected(*error_);
            }
            const auto first = static_cast<int64_t>(records_.size());
            for (PostedRecord& record : records) {
                records_.push_back(std::move(record.bytes));
            }
            return PostedAt{first, 1000 + first};
        };
    }
    void wait_for_groups(size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return begun_.size() >= count; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        changed_.notify_all();
    }
    void fail(Error error) { error_ = std::move(error); }

    // After the queue has stopped.
    const std::vector<std::string>& records() const { return records_; }
    const std::vector<size_t>& groups() const { return begun_; }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_open_ = false;
    std::optional<Error> error_;
    std::vector<std::string> records_;
    std::vector<size_t> begun_;
};

using Answers = std::vector<std::future<Result<PostedAt>>>;

// The answer to come; invalid where the queue took nothing.
std::future<Result<PostedAt>> add(AppendQueue& queue, std::string bytes) {
    const auto promise = std::make_shared<std::promise<Result<PostedAt>>>();
    std::future<Result<PostedAt>> answer = promise->get_future();
    const bool is_taken =
        queue.try_add({.content_type = "application/json", .bytes = std::move(bytes)},
                      [promise](const Result<PostedAt>& posted) { promise->set_value(posted); });
    return is_taken ? std::move(answer) : std::future<Result<PostedAt>>();
}

TEST(AppendQueue, WhatWaitsWhileAGroupIsWrittenIsTheNextOne) {
    GatedLog log;
    AppendQueue queue(log.append());
    Answers answers;
    answers.push_back(add(queue, "0"));
    log.wait_for_groups(1);
    for (int i = 1; i < 6; ++i) {
        answers.push_back(add(queue, std::to_string(i)));
    }
    log.open();
    for (int64_t i = 0; i < 6; ++i) {
        const Result<PostedAt> posted = answers[static_cast<size_t>(i)].get();
        ASSERT_TRUE(posted) << posted.error().message;
        EXPECT_EQ(posted->first_offset, i);
        EXPECT_EQ(posted->append_ms, i == 0 ? 1000 : 1001);
    }
    queue.stop();
    EXPECT_EQ(log.groups(), (std::vector<size_t>{1, 5}));
    EXPECT_EQ(log.records(), (std::vector<std::string>{"0", "1", "2", "3", "4", "5"}));
}

TEST(AppendQueue, TakesNoMoreThanItsBoundsAndSaysSo) {
    GatedLog log;
    AppendQueue queue(log.append());
    Answers answers;
    answers.push_back(add(queue, "0"));
    log.wait_for_groups(1);
    for (size_t i = 0; i < kAppendWaitingMax; ++i) {
        answers.push_back(add(queue, "x"));
        ASSERT_TRUE(answers.back().valid()) << i;
    }
    EXPECT_FALSE(add(queue, "one too many").valid());
    log.open();
    for (auto& answer : answers) {
        EXPECT_TRUE(answer.get());
    }
}

TEST(AppendQueue, TheBytesThatWaitAreBoundedToo) {
    GatedLog log;
    AppendQueue queue(log.append());
    Answers answers;
    answers.push_back(add(queue, "0"));
    log.wait_for_groups(1);
    answers.push_back(add(queue, std::string(kAppendWaitingBytesMax - 1, 'x')));
    EXPECT_TRUE(answers.back().valid());
    EXPECT_FALSE(add(queue, "xx").valid());
    answers.push_back(add(queue, "x"));
    EXPECT_TRUE(answers.back().valid());
    log.open();
    for (auto& answer : answers) {
        EXPECT_TRUE(answer.get());
    }
    // What has been written waits no more.
    EXPECT_TRUE(add(queue, "xx").valid());
}

TEST(AppendQueue, AFailureIsTheAnswerToAllOfItsGroup) {
    GatedLog log;
    log.fail({ErrorKind::kDisk, "the disk is full"});
    AppendQueue queue(log.append());
    Answers answers;
    answers.push_back(add(queue, "0"));
    log.wait_for_groups(1);
    answers.push_back(add(queue, "1"));
    answers.push_back(add(queue, "2"));
    log.open();
    for (auto& answer : answers) {
        const Result<PostedAt> posted = answer.get();
        ASSERT_FALSE(posted);
        EXPECT_EQ(posted.error().kind, ErrorKind::kDisk);
    }
}

TEST(AppendQueue, WhenStoppedTheGroupUnderWayEndsAndTheRestIsRefused) {
    GatedLog log;
    AppendQueue queue(log.append());
    auto under_way = add(queue, "0");
    log.wait_for_groups(1);
    auto waiting = add(queue, "1");
    std::thread stopper([&] { queue.stop(); });
    while (!queue.is_stopping()) {
    }
    EXPECT_FALSE(add(queue, "late").valid());
    log.open();
    stopper.join();
    EXPECT_TRUE(under_way.get());
    const Result<PostedAt> refused = waiting.get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(log.records(), std::vector<std::string>{"0"});
    EXPECT_FALSE(add(queue, "after").valid());
}

}  // namespace
}  // namespace spantoll::tools
