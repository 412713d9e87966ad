// What the listener answers from: a store, the boards, and a gate that is not open yet.
#include "tools/answers/run_backend.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"
#include "tests/tools/pipeline/fake_clock.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kNowMs = 1'772'323'200'000;

constexpr std::string_view kSettings = R"(
[accounts.parents]
"virtual_key:k" = ["team:a"]
"team:a" = ["customer:x"]

[[limit]]
name = "key-day"
kind = "virtual_key"
meter = "usd"
amount = "5"
window = "rolling 24h"
judge = "total"
steps = [[100, "block"]]
on_overflow = "refuse"
)";

class RunBackendTest : public testing::Test {
  protected:
    RunBackendTest() {
        const Result<Settings> settings = rig_.read_settings(kSettings);
        EXPECT_TRUE(settings) << settings.error().message;
        settings_ = settings.value_or(Settings());
        EXPECT_TRUE(rig_.start(settings_));
        gate_.close();  // so that nothing waits for a start that does not come
    }
    HttpBackend backend() {
        policy_.set(
            settings_, 1, std::make_shared<KeyTable>(settings_, std::span<const VirtualKey>()));
        checks_.begin(settings_, policy_.get()->keys, {});
        tell();
        return make_backend({.policy = &policy_,
                             .store = &rig_.store(),
                             .gate = &gate_,
                             .checks = &checks_,
                             .status = &status_,
                             .clock = &clock_,
                             .commands = &commands_});
    }
    static EnforceRow row(std::string account, std::string limit, Action level) {
        EnforceRow row;
        row.account = std::move(account);
        row.limit = std::move(limit);
        row.level = level;
        return row;
    }
    // The levels in force, beside those of before.
    void show(const std::vector<EnforceRow>& rows) {
        update_.levels = rows;
        tell();
    }
    // C and W.
    void show_time(int64_t closed_ms, int64_t watermark_ms) {
        update_.first_open_pane = pane_of(EventTime(closed_ms));
        update_.watermark_ms = watermark_ms;
        tell();
    }
    void tell() {
        checks_.apply(BoardUpdate(update_));
        update_.levels = {};
    }
    // Has committed that `usd` were spent with `key`.
    void spend(std::string_view key, std::string_view usd) {
        const std::string bytes =
            fmt::format(R"({{"time_ms":{},"virtual_key":"{}","cost_usd":"{}"}})", kNowMs, key, usd);
        ingest::Record record;
        record.offset = rig_.take_offset(0);
        record.append_ms = kNowMs;
        record.bytes = bytes;
        rig_.engine().apply(record, kNowMs);
        ASSERT_TRUE(rig_.commit());
    }

    Settings settings_;
    EngineRig rig_;
    StartGate gate_;
    CheckBoard checks_;
    BoardUpdate update_;  // what the board was told last
    StatusBoard status_;
    FakeClock clock_{kNowMs};
    PolicyBoard policy_;
    CommandQueue commands_;
};

TEST_F(RunBackendTest, BeforeTheStartWhatNeedsTheEngineIsUnavailable) {
    const HttpBackend backend = this->backend();
    EXPECT_FALSE(backend.ready().is_ready);
    EXPECT_EQ(backend.ready().reason, "spantoll is starting: its state is being loaded");
    EXPECT_EQ(backend.last_sequence(), std::nullopt);
    const auto account = backend.account_json("team:a", {});
    ASSERT_FALSE(account);
    EXPECT_EQ(account.error().kind, ErrorKind::kUnavailable);
    const Result<PostedAt> posted = backend.append({{"application/json", "{}"}});
    ASSERT_FALSE(posted);
    EXPECT_EQ(posted.error().kind, ErrorKind::kUnavailable);
}

TEST_F(RunBackendTest, NobodyPostsWhereTheSourceIsKafka) {
    EXPECT_TRUE(backend().append);
    settings_.kafka.brokers = "127.0.0.1:9092";
    EXPECT_FALSE(backend().append);
}

TEST_F(RunBackendTest, ACheckSeesTheFlagsOfTheAccountAndOfAllAboveIt) {
    show({row("customer:x", "c", Action::kWarn),
          row("team:a", "t", Action::kThrottle),
          row("virtual_key:k", "k", Action::kBlock),
          row("team:b", "t", Action::kBlock)});
    show_time(kNowMs, kNowMs - 250);
    const CheckAnswer answer = backend().check("virtual_key:k");
    ASSERT_EQ(answer.flags.size(), 3U);
    EXPECT_EQ(answer.flags[0].account, "virtual_key:k");
    EXPECT_EQ(answer.flags[0].action, Action::kBlock);
    EXPECT_EQ(answer.flags[1].account, "team:a");
    EXPECT_EQ(answer.flags[2].account, "customer:x");
    EXPECT_EQ(answer.as_of_ms, kNowMs);
    EXPECT_EQ(answer.lag_ms, 250);
    EXPECT_EQ(backend().check("customer:x").flags.size(), 1U);
    EXPECT_TRUE(backend().check("team:c").flags.empty());
}

TEST_F(RunBackendTest, ALevelThatIsOverByTheWallClockRefusesNothing) {
    EnforceRow over = row("team:a", "day", Action::kBlock);
    over.valid_until_ms = kNowMs;
    EnforceRow lasts = row("team:a", "week", Action::kThrottle);
    lasts.valid_until_ms = kNowMs + 1;
    show({over, lasts, row("team:b", "lifetime", Action::kBlock)});
    show_time(kNowMs - kDayMs, kNowMs - kDayMs);  // the input stands still
    const CheckAnswer answer = backend().check("team:a");
    ASSERT_EQ(answer.flags.size(), 1U);
    EXPECT_EQ(answer.flags[0].limit, "week");
    EXPECT_EQ(backend().check("team:b").flags.size(), 1U);
    // Where event time is ahead of the clock it is the later of the two that counts.
    show_time(kNowMs, kNowMs + 1);
    EXPECT_TRUE(backend().check("team:a").flags.empty());
}

TEST_F(RunBackendTest, AClockThatJumpsAheadLiftsNoLevel) {
    EnforceRow blocked = row("team:a", "day", Action::kBlock);
    blocked.valid_until_ms = kNowMs + kHourMs;
    show({blocked});
    const HttpBackend backend = this->backend();
    clock_.set_wall_by(40 * kDayMs);
    EXPECT_EQ(backend.check("team:a").flags.size(), 1U);
    clock_.pass(kHourMs);
    EXPECT_TRUE(backend.check("team:a").flags.empty());
}

TEST_F(RunBackendTest, WhatLagsTooMuchIsSaidAndRefusedWhereALimitWantsIt) {
    settings_.limits[0].on_lag = Unsure::kRefuse;
    settings_.check.max_lag_ms = kMinuteMs;
    show_time(kNowMs, kNowMs - kMinuteMs);
    EXPECT_FALSE(backend().check("virtual_key:k").is_stale);
    EXPECT_TRUE(backend().check("virtual_key:k").doubts.empty());
    show_time(kNowMs, kNowMs - kMinuteMs - 1);
    const CheckAnswer answer = backend().check("virtual_key:k");
    EXPECT_TRUE(answer.is_stale);
    ASSERT_EQ(answer.doubts.size(), 1U);
    EXPECT_EQ(answer.doubts[0].account, "virtual_key:k");
    EXPECT_EQ(answer.doubts[0].limit, "key-day");
    EXPECT_EQ(answer.doubts[0].reason, "stale");
    EXPECT_TRUE(backend().check("team:a").is_stale);
    EXPECT_TRUE(backend().check("team:a").doubts.empty());
    settings_.limits[0].shadow = true;
    EXPECT_TRUE(backend().check("virtual_key:k").doubts.empty());
}

TEST_F(RunBackendTest, ACheckOfWhatNoAccountIsCalledSaysSo) {
    EXPECT_NE(backend().check("nonsense:x").refusal, "");
    EXPECT_NE(backend().check("").refusal, "");
    EXPECT_EQ(backend().check("team:a").refusal, "");
    const auto account = backend().account_json("nonsense:x", {});
    ASSERT_FALSE(account);
    EXPECT_EQ(account.error().kind, ErrorKind::kUsage);
}

TEST_F(RunBackendTest, WithoutAWatermarkACheckHasNoTime) {
    const CheckAnswer answer = backend().check("team:a");
    EXPECT_EQ(answer.as_of_ms, std::nullopt);
    EXPECT_EQ(answer.lag_ms, std::nullopt);
}

TEST_F(RunBackendTest, ANewNameOfAClosedKindOverflowsUnlessItHasItsPlace) {
    spend("known", "1");
    std::vector<bool> closed(rig_.engine().kinds().all().size());
    closed[*rig_.engine().kinds().kind_of("virtual_key:k")] = true;
    EXPECT_TRUE(backend().check("virtual_key:new").overflows.empty());
    update_.closed = closed;
    tell();
    const CheckAnswer answer = backend().check("virtual_key:new");
    ASSERT_EQ(answer.overflows.size(), 1U);
    EXPECT_EQ(answer.overflows[0].account, "virtual_key:new");
    EXPECT_EQ(answer.overflows[0].charged_to, "virtual_key:~other");
    EXPECT_EQ(answer.overflows[0].limit, "key-day");
    EXPECT_TRUE(backend().check("virtual_key:known").overflows.empty());
    EXPECT_TRUE(backend().check("virtual_key:~other").overflows.empty());
    EXPECT_TRUE(backend().check("team:a").overflows.empty());
}

TEST_F(RunBackendTest, DecisionsComeFromTheStoreBehindASequence) {
    EXPECT_TRUE(backend().decisions(0, 10)->empty());
    spend("k", "6");
    spend("other", "7");
    const auto all = backend().decisions(0, 10);
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 2U);
    EXPECT_EQ(all->at(0).sequence, 1U);
    EXPECT_EQ(all->at(0).decision.account, "virtual_key:k");
    EXPECT_EQ(all->at(0).decision.action, Action::kBlock);
    EXPECT_EQ(backend().decisions(0, 1)->size(), 1U);
    EXPECT_EQ(backend().decisions(1, 10)->at(0).decision.account, "virtual_key:other");
    EXPECT_TRUE(backend().decisions(2, 10)->empty());
    EXPECT_TRUE(backend().decisions(std::numeric_limits<uint64_t>::max(), 10)->empty());
}

TEST_F(RunBackendTest, MetricsAreOfTheLastStatusThatWasTaken) {
    Status status;
    status.commits = 4711;
    status_.set(status);
    EXPECT_NE(backend().metrics().find("spantoll_commits_total 4711\n"), std::string::npos);
    status.commits = 4712;
    status_.set(status);
    EXPECT_NE(backend().metrics().find("spantoll_commits_total 4712\n"), std::string::npos);
}

}  // namespace
}  // namespace spantoll::tools
