// Sessions come and go by the million: memory follows those of now, and nobody else's money is
// lost.
#include <algorithm>
#include <cstdint>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01T00:00Z
constexpr int64_t kSessionsAMinute = 400;
constexpr int64_t kMinutes = 60;
// Those of the pane that is open, and of the one before as long as lateness keeps it open.
constexpr size_t kOpenPanes = 2;

// A minute's sessions, each with two spans.
void play_minute(EngineRig& rig, int64_t minute) {
    std::string bytes;
    for (int64_t i = 0; i < 2 * kSessionsAMinute; ++i) {
        ingest::Record record;
        record.offset = rig.take_offset(0);
        record.append_ms = kStartMs + minute * kMinuteMs + i * kMinuteMs / (2 * kSessionsAMinute);
        bytes = fmt::format(R"({{"time_ms":{},"session":"s{}","service":"a","cost_usd":"0.01"}})",
                            record.append_ms,
                            minute * kSessionsAMinute + i / 2);
        record.bytes = bytes;
        rig.engine().apply(record, record.append_ms);
    }
    ASSERT_TRUE(rig.commit());
}

struct Most {
    size_t accounts = 0;
    size_t places = 0;
};

Most play(EngineRig& rig, const std::string& toml) {
    const Result<Settings> settings = rig.read_settings(toml);
    EXPECT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(rig.start(*settings));
    Most most;
    for (int64_t minute = 0; minute < kMinutes; ++minute) {
        play_minute(rig, minute);
        if (minute == kMinutes / 2) {
            const size_t before = rig.engine().ledger().account_count();
            EXPECT_TRUE(rig.restart(*settings));
            EXPECT_EQ(rig.engine().ledger().account_count(), before);
        }
        most.accounts = std::max(most.accounts, rig.engine().ledger().account_count());
        most.places = std::max(most.places, rig.engine().ledger().capacity());
    }
    return most;
}

size_t count_rows(EngineRig& rig, std::string_view prefix) {
    const auto rows = rig.rows().value_or(std::map<std::string, std::string>());
    return static_cast<size_t>(std::count_if(
        rows.begin(), rows.end(), [&](const auto& row) { return row.first.starts_with(prefix); }));
}

TEST(ShortLivedAccounts, LeaveMemoryWithTheirMinute) {
    EngineRig rig;
    const Most most = play(rig, "");
    EXPECT_LE(most.accounts, kOpenPanes * kSessionsAMinute + 2);  // global and the service
    EXPECT_LE(most.places, kOpenPanes * kSessionsAMinute + 2);
    EXPECT_EQ(count_rows(rig, "FEDCOST#session:"), kSessionsAMinute * kMinutes);
    EXPECT_LE(count_rows(rig, "ACCOUNT#"), kOpenPanes * kSessionsAMinute);
    EXPECT_EQ(count_rows(rig, "ROLLING#session:"), 0U);
    const auto rows = rig.rows().value_or(std::map<std::string, std::string>());
    EXPECT_NE(rows.at("FEDCOST#global/PERIOD#2026-03").find(R"("cost_usd":"480")"),
              std::string::npos);
    EXPECT_NE(rows.at("FEDCOST#session:s0/PERIOD#2026-03").find(R"("cost_usd":"0.02")"),
              std::string::npos);
}

TEST(ShortLivedAccounts, StayAsLongAsALimitCountsThem) {
    constexpr size_t kWindowMinutes = 5;
    EngineRig rig;
    const Most most = play(rig,
                           "[[limit]]\nname = \"run\"\nkind = \"session\"\nmeter = \"usd\"\n"
                           "amount = \"9\"\nwindow = \"rolling 5m\"\njudge = \"total\"\n"
                           "steps = [[100, \"block\"]]\n");
    EXPECT_GT(most.accounts, kWindowMinutes * kSessionsAMinute);
    EXPECT_LE(most.accounts, (kWindowMinutes + kOpenPanes) * kSessionsAMinute + 2);
    EXPECT_LE(most.places, (kWindowMinutes + kOpenPanes) * kSessionsAMinute + 2);
}

// What a check asks of the store where the kind is full.
TEST(ShortLivedAccounts, AreKnownToTheStoreWhileTheyAreInMemory) {
    EngineRig rig;
    ASSERT_TRUE(rig.start(*rig.read_settings("")));
    play_minute(rig, 0);
    // The last one of the minute: no pane was closed after it came.
    const std::string last = fmt::format("session:s{}", kSessionsAMinute - 1);
    EXPECT_EQ(rig.store().has_account(last), true);
    EXPECT_EQ(rig.store().has_account("session:other"), false);
    EXPECT_EQ(rig.store().has_account("service:a"), true);
    play_minute(rig, 2);
    EXPECT_EQ(rig.store().has_account(last), false);
}

}  // namespace
}  // namespace spantoll::tools
