#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/text/decision_json.h"
#include "tools/http/decision_stream.h"

namespace spantoll::tools {
namespace {

store::StoredDecision decision_of(uint64_t sequence) {
    Decision decision;
    decision.number = sequence;
    decision.account = sequence % 2 == 0 ? "even" : "odd";
    return {sequence, decision};
}

std::string event_of(uint64_t sequence) {
    return fmt::format("id: {}\nevent: decision\ndata: {}\n\n",
                       sequence,
                       decision_json(decision_of(sequence).decision));
}

// Streams over threads that a test steps by hand: blocking work, what comes back from it, and
// whether a written piece has left, each happen when the test says so.
class DecisionStreamsTest : public ::testing::Test {
  protected:
    DecisionStreamsTest() {
        backend_.decisions = [this](uint64_t after,
                                    size_t count) -> Result<std::vector<store::StoredDecision>> {
            ++reads_;
            if (is_log_broken_) {
                return failure(ErrorKind::kDisk, "broken");
            }
            std::vector<store::StoredDecision> page;
            for (uint64_t sequence = after + 1; sequence <= last_ && page.size() < count;
                 ++sequence) {
                page.push_back(decision_of(sequence));
            }
            return page;
        };
    }

    void open(uint64_t after, std::string account = {}) {
        StreamOutput output;
        output.write = [this](std::string piece, std::function<void(bool)> written) {
            pieces_.push_back(std::move(piece));
            written_ = std::move(written);
        };
        output.finish = [this] { ++finished_; };
        streams_.open({.after = after, .account = std::move(account)}, std::move(output), now_);
    }

    // Runs all that is queued, also what that queues.
    void run() {
        while (!work_.empty()) {
            const std::function<void()> work = std::move(work_.front());
            work_.pop_front();
            work();
        }
    }
    void piece_left(bool is_sent = true) {
        ASSERT_TRUE(written_);
        std::exchange(written_, nullptr)(is_sent);
        run();
    }
    void pass(std::chrono::seconds time) {
        now_ += time;
        streams_.tick(now_);
        run();
    }

    HttpBackend backend_;
    uint64_t last_ = 0;  // decisions 1..last_ are in the log
    bool is_log_broken_ = false;
    bool is_queue_full_ = false;
    int reads_ = 0;
    int finished_ = 0;
    std::deque<std::function<void()>> work_;
    std::vector<std::string> pieces_;
    std::function<void(bool)> written_;
    DecisionStreams::TimePoint now_;
    DecisionStreams streams_{
        backend_,
        {.run_blocking =
             [this](std::function<void()> work) {
                 if (!is_queue_full_) {
                     work_.push_back(std::move(work));
                 }
                 return !is_queue_full_;
             },
         .post = [this](std::function<void()> work) { work_.push_back(std::move(work)); }}};
};

TEST_F(DecisionStreamsTest, ReadsTheNextPageOnlyWhenTheLastHasLeft) {
    last_ = 2 * kDecisionsPerPage;
    open(0);
    EXPECT_EQ(reads_, 0) << "the greeting has not left";
    piece_left();
    EXPECT_EQ(reads_, 1);
    streams_.wake();
    run();
    EXPECT_EQ(reads_, 1) << "a slow client is not woken into a second page";
    piece_left();
    EXPECT_EQ(reads_, 2);
    ASSERT_EQ(pieces_.size(), 3u);
    EXPECT_TRUE(pieces_[1].starts_with(event_of(1)));
    EXPECT_TRUE(pieces_[2].starts_with(fmt::format("id: {}\n", kDecisionsPerPage + 1)));
}

TEST_F(DecisionStreamsTest, IsWokenByNewDecisions) {
    open(0);
    piece_left();
    EXPECT_EQ(pieces_.size(), 1u);
    last_ = 1;
    streams_.wake();
    run();
    ASSERT_EQ(pieces_.size(), 2u);
    EXPECT_EQ(pieces_[1], event_of(1));
}

TEST_F(DecisionStreamsTest, ReadsAgainWhenWokenDuringARead) {
    open(0);
    std::exchange(written_, nullptr)(true);
    const std::function<void()> read = std::move(work_.front());
    work_.pop_front();
    read();  // finds nothing, and its result is on the way back
    last_ = 1;
    streams_.wake();
    run();
    EXPECT_EQ(pieces_.size(), 2u);
}

TEST_F(DecisionStreamsTest, SendsAHeartbeatAfterFifteenSilentSeconds) {
    open(0);
    piece_left();
    pass(std::chrono::seconds(14));
    EXPECT_EQ(pieces_.size(), 1u);
    pass(std::chrono::seconds(1));
    ASSERT_EQ(pieces_.size(), 2u);
    EXPECT_EQ(pieces_[1], ": heartbeat\n\n");
    pass(std::chrono::seconds(15));
    EXPECT_EQ(pieces_.size(), 2u) << "the last one has not left";
    piece_left();
    pass(std::chrono::seconds(15));
    EXPECT_EQ(pieces_.size(), 3u);
}

TEST_F(DecisionStreamsTest, SkipsOtherAccountsAndGoesOnBehindThem) {
    last_ = 3 * kDecisionsPerPage + 1;
    open(3 * kDecisionsPerPage - 1, "even");
    piece_left();
    ASSERT_EQ(pieces_.size(), 2u);
    EXPECT_EQ(pieces_[1], event_of(3 * kDecisionsPerPage));
    piece_left();
    EXPECT_EQ(pieces_.size(), 2u);
}

TEST_F(DecisionStreamsTest, TriesAgainWhenTheWorkersWereBusy) {
    last_ = 1;
    open(0);
    is_queue_full_ = true;
    piece_left();
    EXPECT_EQ(pieces_.size(), 1u);
    is_queue_full_ = false;
    pass(std::chrono::seconds(1));
    EXPECT_EQ(pieces_.size(), 2u);
}

TEST_F(DecisionStreamsTest, ForgetsAClientThatLeft) {
    open(0);
    piece_left(false);
    EXPECT_EQ(streams_.size(), 0u);
    EXPECT_EQ(finished_, 0);
}

TEST_F(DecisionStreamsTest, SaysThatTheLogCannotBeReadAndEnds) {
    is_log_broken_ = true;
    open(0);
    piece_left();
    EXPECT_EQ(pieces_.back(),
              "event: failed\ndata: {\"error\":{\"code\":\"storage_failed\",\"message\":"
              "\"The disk failed; the log of the processor says how.\"}}\n\n");
    EXPECT_EQ(finished_, 0);
    piece_left();
    EXPECT_EQ(streams_.size(), 0u);
    EXPECT_EQ(finished_, 1);
}

TEST_F(DecisionStreamsTest, ForgetsAStreamWhosePieceIsStillUnderWay) {
    last_ = 1;
    open(0);
    streams_.forget(1);
    EXPECT_EQ(streams_.size(), 0u);
    piece_left();
    EXPECT_EQ(finished_, 0);
}

}  // namespace
}  // namespace spantoll::tools
