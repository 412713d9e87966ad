#include "tools/control/command_queue.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

using Outcome = CommandAnswer::Outcome;

constexpr int64_t kLongMs = 60'000;

CommandRequest request(std::string key) {
    CommandRequest request;
    request.key = std::move(key);
    return request;
}

// The engine's thread comes round to it.
std::shared_ptr<CommandQueue::Pending> take_next(CommandQueue& queue) {
    std::shared_ptr<CommandQueue::Pending> pending = queue.take();
    while (pending == nullptr) {
        std::this_thread::yield();
        pending = queue.take();
    }
    return pending;
}

TEST(CommandQueue, GivesEachItsOwnAnswer) {
    CommandQueue queue;
    std::future<CommandAnswer> first =
        std::async(std::launch::async, [&] { return queue.ask(request("a"), kLongMs); });
    const auto a = take_next(queue);
    std::future<CommandAnswer> second =
        std::async(std::launch::async, [&] { return queue.ask(request("b"), kLongMs); });
    const auto b = take_next(queue);
    EXPECT_EQ(a->request().key, "a");
    EXPECT_EQ(b->request().key, "b");
    queue.answer(*b, {Outcome::kApplied, 2, "{}", {}});
    queue.answer(*a, {Outcome::kInvalid, 0, "", {"no"}});
    EXPECT_EQ(first.get().outcome, Outcome::kInvalid);
    EXPECT_EQ(second.get().number, 2u);
}

TEST(CommandQueue, WhatNobodyTakesIsWithdrawn) {
    CommandQueue queue;
    EXPECT_EQ(queue.ask(request("a"), 0).outcome, Outcome::kBusy);
    EXPECT_EQ(queue.take(), nullptr);
}

TEST(CommandQueue, WhatIsOnDiskInTimeIsAccepted) {
    CommandQueue queue;
    std::future<CommandAnswer> asked =
        std::async(std::launch::async, [&] { return queue.ask(request("a"), 0); });
    std::shared_ptr<CommandQueue::Pending> pending;
    while (pending == nullptr &&
           asked.wait_for(std::chrono::seconds(0)) == std::future_status::timeout) {
        pending = queue.take();
    }
    if (pending != nullptr && queue.claim(*pending)) {
        queue.note_number(*pending, 7);
        const CommandAnswer answer = asked.get();
        EXPECT_EQ(answer.outcome, Outcome::kAccepted);
        EXPECT_EQ(answer.number, 7u);
    } else {
        EXPECT_EQ(asked.get().outcome, Outcome::kBusy);
    }
}

TEST(CommandQueue, WhatWasGivenUpIsNotClaimed) {
    CommandQueue queue;
    std::shared_ptr<CommandQueue::Pending> pending;
    std::promise<void> taken;
    std::future<CommandAnswer> asked = std::async(std::launch::async, [&] {
        CommandAnswer answer = queue.ask(request("a"), 20);
        taken.get_future().wait();
        return answer;
    });
    pending = take_next(queue);
    if (queue.claim(*pending)) {
        // Claimed in time: it must then be answered.
        queue.answer(*pending, {Outcome::kApplied, 1, "{}", {}});
    }
    taken.set_value();
    const Outcome outcome = asked.get().outcome;
    EXPECT_TRUE(outcome == Outcome::kApplied || outcome == Outcome::kBusy);
}

TEST(CommandQueue, HoldsNoMoreThanItsBound) {
    CommandQueue queue;
    std::vector<std::future<CommandAnswer>> waiting;
    for (size_t i = 0; i < CommandQueue::kWaitingMax + 1; ++i) {
        waiting.push_back(
            std::async(std::launch::async, [&] { return queue.ask(request("a"), kLongMs); }));
    }
    // One is turned away at once; the others wait until the end.
    size_t answered = 0;
    while (answered == 0) {
        for (std::future<CommandAnswer>& one : waiting) {
            answered += one.wait_for(std::chrono::seconds(0)) == std::future_status::ready ? 1 : 0;
        }
    }
    EXPECT_EQ(answered, 1u);
    queue.close();
    for (std::future<CommandAnswer>& one : waiting) {
        EXPECT_EQ(one.get().outcome, Outcome::kBusy);
    }
    EXPECT_EQ(queue.ask(request("b"), kLongMs).outcome, Outcome::kBusy);
}

}  // namespace
}  // namespace spantoll::tools
