#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"
#include "tools/pipeline/status.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kNowMs = 1'772'323'200'000;  // 2026-03-01

// A record whose content type takes long to find: how often somebody looked for it.
class Message {
  public:
    ingest::Record record(int64_t offset, std::string_view bytes) {
        ingest::Record record;
        record.offset = offset;
        record.append_ms = kNowMs;
        record.bytes = bytes;
        record.message = this;
        record.find_content_type = [](const void* message) -> std::string_view {
            ++static_cast<const Message*>(message)->looks_;
            return "application/json";
        };
        return record;
    }
    int looks() const { return looks_; }

  private:
    mutable int looks_ = 0;
};

// Engine::apply() of a span that is in order and of one that is not; returns how often their
// content type was looked for, and the dead letter.
std::pair<int, std::string> apply_both(std::string_view format) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings("format = \"" + std::string(format) + "\"");
    EXPECT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(rig.start(*settings));
    Message message;
    rig.engine().apply(
        message.record(0, R"({"time_ms": 1772323200000, "service": "a", "cost_usd": "1"})"),
        kNowMs);
    EXPECT_EQ(rig.engine().counts(0).accepted, 1U);
    const int looks = message.looks();
    rig.engine().apply(message.record(1, "{"), kNowMs);
    EXPECT_TRUE(rig.commit());
    rig.stop();
    const auto rows = rig.rows();
    EXPECT_TRUE(rows);
    const auto letter = rows->find("DEAD#spans/0/00000000000000000001");
    EXPECT_NE(letter, rows->end());
    return {looks, letter == rows->end() ? "" : letter->second};
}

// Names are found some spans ahead. A key that comes meanwhile changes what they mean.
TEST(EngineRecord, IsChargedByTheKeysOfItsTurn) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings("");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(rig.start(*settings));
    const std::string_view bytes =
        R"({"time_ms": 1772323200000, "virtual_key": "vk1", "cost_usd": "1"})";
    Message message;
    std::vector<ingest::Record> records;
    for (int64_t offset = 0; offset < 4; ++offset) {
        records.push_back(message.record(offset, bytes));
    }
    EXPECT_EQ(rig.engine().look_ahead(records), records.size());
    rig.engine().apply(records[0], kNowMs);
    VirtualKey key;
    key.name = "search";
    key.ids = {"vk1"};
    rig.engine().put_key(key);
    rig.engine().apply(records[1], kNowMs);
    rig.engine().apply(records[2], kNowMs);
    key.ids.clear();
    rig.engine().put_key(key);
    rig.engine().apply(records[3], kNowMs);
    EXPECT_EQ(rig.engine().counts(0).accepted, 4U);
    ASSERT_TRUE(rig.commit());
    rig.stop();
    const auto rows = rig.rows();
    ASSERT_TRUE(rows);
    for (const char* account : {"virtual_key:vk1", "virtual_key:search"}) {
        const auto row = rows->find(fmt::format("FEDCOST#{}/PERIOD#2026-03", account));
        ASSERT_NE(row, rows->end()) << account;
        EXPECT_NE(row->second.find("\"request_count\":2"), std::string::npos) << row->second;
    }
}

// What a record keeps beside its bytes stands, whatever the format, and before anything is refused.
TEST(EngineRecord, IsChargedToWhatItsTokenSets) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings(R"(
[accounts.parents]
"team:b" = ["customer:beta"]
)");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(rig.start(*settings));
    Message message;
    const auto apply = [&](int64_t offset, std::string_view bytes) {
        ingest::Record record = message.record(offset, bytes);
        record.set = "customer=acme";
        rig.engine().apply(record, kNowMs);
    };
    apply(0, R"({"time_ms": 1772323200000, "customer": "beta", "cost_usd": "1"})");
    apply(1, R"({"time_ms": 1772323200000, "cost_usd": "2"})");
    apply(2, R"({"time_ms": 1772323200000, "team": "b", "cost_usd": "4"})");
    EXPECT_EQ(rig.engine().counts(0).accepted, 3U);
    EXPECT_TRUE(rig.commit());
    rig.stop();
    const auto rows = rig.rows();
    ASSERT_TRUE(rows);
    const auto cost_of = [&](const std::string& account) {
        const auto row = rows->find("FEDCOST#" + account + "/PERIOD#2026-03");
        return row == rows->end() ? std::string() : row->second;
    };
    EXPECT_NE(cost_of("customer:acme").find(R"("cost_usd":"7")"), std::string::npos)
        << cost_of("customer:acme");
    EXPECT_NE(cost_of("team:~invalid").find(R"("cost_usd":"4")"), std::string::npos);
    EXPECT_EQ(cost_of("customer:beta"), "");
    EXPECT_EQ(cost_of("team:b"), "");
}

// The row of a level goes when it is older than the decisions that are kept. That the account is
// back in the same commit, and begins a streak, does not keep it.
TEST(EngineRecord, AnExpiredRowGoesAlthoughItsAccountBeginsAStreakInTheSameCommit) {
    constexpr int64_t kMinute = 60'000;
    constexpr int64_t kLater = kNowMs + int64_t{40} * 24 * 60 * kMinute;
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings(R"(
[[limit]]
name = "ema"
kind = "service"
meter = "usd"
amount = "1"
window = "rolling 24h"
judge = "ema"
consecutive = 2
action = "throttle"
)");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(rig.start(*settings));
    const auto apply_at = [&](int64_t time_ms) {
        const std::string bytes =
            fmt::format(R"({{"time_ms":{},"service":"a","cost_usd":"10"}})", time_ms);
        ingest::Record record;
        record.offset = rig.take_offset(0);
        record.append_ms = time_ms;
        record.bytes = bytes;
        rig.engine().apply(record, time_ms);
    };
    for (int minute = 0; minute < 5; ++minute) {
        apply_at(kNowMs + minute * kMinute);
    }
    ASSERT_TRUE(rig.commit());
    rig.stop();
    ASSERT_TRUE(rig.rows()->contains("ENFORCE#service:a/ema"));
    ASSERT_TRUE(rig.restart(*settings));
    apply_at(kLater);
    apply_at(kLater + kMinute + 10'000);
    ASSERT_TRUE(rig.commit());
    rig.stop();
    const auto rows = rig.rows();
    EXPECT_TRUE(rows->contains("STREAK#service:a/ema"));
    EXPECT_FALSE(rows->contains("ENFORCE#service:a/ema"));
}

// Finding it costs more than a span of a record with one span (Kafka's headers).
TEST(EngineRecord, WithAFormatTheContentTypeIsLookedForByDeadLettersAlone) {
    const auto [looks, letter] = apply_both("json");
    EXPECT_EQ(looks, 0);
    EXPECT_NE(letter.find(R"("content_type":"application/json")"), std::string::npos) << letter;
}

TEST(EngineRecord, WithoutAFormatTheContentTypeTells) {
    const auto [looks, letter] = apply_both("auto");
    EXPECT_GT(looks, 0);
    EXPECT_NE(letter.find(R"("content_type":"application/json")"), std::string::npos) << letter;
}

// Money that nobody charges is told where it is not meant: spans with usage without a price, and
// spans that say nothing of what they cost.
TEST(EngineRecord, SpansThatCostNothingForWantOfAPriceOrACostAreCounted) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings(
        "[accounts]\naccept_credits = true\n[[price]]\nmeter = \"known\"\nusd = \"1\"\n"
        "[[price]]\nservice = \"hourly\"\nmeter = \"requests\"\nusd = \"1\"\n");
    ASSERT_TRUE(settings) << settings.error().message;
    ASSERT_TRUE(rig.start(*settings));
    EXPECT_EQ(cost_remark(rig.engine()), "");
    int64_t offset = 0;
    for (const std::string_view members : {
             R"("cost_usd":"1")",
             R"("cost_usd":"0")",
             R"("cost":"5")",  // misspelt: the first without
             R"("cost_usd":null,"egress_bytes":7)",
             R"("usage":[{"meter":"known","quantity":2}])",
             R"("usage":[{"meter":"unknown","quantity":2}])",  // the one that is unpriced
             R"("usage":[{"meter":"unknown","quantity":0}])",
             R"("service":"hourly")",
             R"("is_streaming":true,"has_usage_data":false)",
         }) {
        Message message;
        const std::string bytes =
            R"({"time_ms":1772323200000,"service":"a",)" + std::string(members) + "}";
        rig.engine().apply(message.record(offset++, bytes), kNowMs);
    }
    EXPECT_EQ(rig.engine().counts(0).accepted, 9U);
    EXPECT_EQ(rig.engine().unpriced_spans(), 1U);
    EXPECT_EQ(rig.engine().costless_spans(), 2U);
    EXPECT_EQ(cost_remark(rig.engine()),
              "of the spans, 1 are unpriced: they have usage that no price covers; 2 have neither "
              "cost nor usage: they cost nothing");
}

}  // namespace
}  // namespace spantoll::tools
