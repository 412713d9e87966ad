#include <string>
#include <string_view>

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
