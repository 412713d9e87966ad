// The JSON of an answer, as the contract shows it.
#include "tools/checks/check_reply.h"

#include <gtest/gtest.h>

#include "tests/tools/engine/engine_rig.h"
#include "tools/checks/check_request.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kNowMs = 1'772'359'230'000;  // 2026-03-01T10:00:30

constexpr std::string_view kSettings = R"(
[accounts.parents]
"virtual_key:k" = ["team:a"]
[[limit]]
name = "key-day"
kind = "virtual_key"
meter = "usd"
amount = "25"
window = "day"
judge = "total"
steps = [[80, "warn"], [100, "block"]]
[[limit]]
name = "team-tokens"
kind = "team"
meter = "tokens"
amount = 1000
window = "rolling 1h"
judge = "total"
steps = [[100, "block"]]
shadow = true
)";

class CheckReplyTest : public testing::Test {
  protected:
    void SetUp() override {
        const Result<Settings> settings = rig_.read_settings(kSettings);
        ASSERT_TRUE(settings) << settings.error().message;
        ASSERT_TRUE(rig_.start(*settings));
    }
    void spend(std::string_view span) {
        ingest::Record record;
        record.offset = rig_.take_offset(0);
        record.append_ms = kNowMs;
        record.bytes = span;
        rig_.engine().apply(record, kNowMs);
        ASSERT_TRUE(rig_.commit());
    }
    static std::string answer(const CheckBoard& board, std::string_view body) {
        CheckRequest request;
        EXPECT_TRUE(request.read(body));
        CheckMoment moment;
        moment.believed_ms = kNowMs;
        moment.wall_ms = kNowMs;
        const Result<std::string> reply = reply_to(request.queries(), {board, moment, 17});
        return reply ? *reply : reply.error().message;
    }

    EngineRig rig_;
};

TEST_F(CheckReplyTest, SaysEveryReasonWithItsNumbers) {
    spend(R"({"time_ms":1772359230000,"virtual_key":"k","cost_usd":"25.01",
              "usage":[{"meter":"input_tokens","quantity":1000}]})");
    EXPECT_EQ(
        answer(rig_.checks(), R"({"checks":[{"virtual_key":"k"}]})"),
        R"({"results":[{"allowed":false,"reason":"budget_exceeded","reasons":[{)"
        R"("reason":"budget_exceeded","limit":"key-day","account":"virtual_key:k","level":"block",)"
        R"("window":"day","used_usd":"25.01","held_usd":"0","amount_usd":"25","remaining_usd":"0",)"
        R"("retry_after_ms":50370000}],"retry_after_ms":50370000,)"
        R"("accounts":["global","virtual_key:k","team:a"],"unreserved":true,"policy":17,)"
        R"("shadow":[{"reason":"tokens_exceeded","limit":"team-tokens","account":"team:a",)"
        R"("level":"block","window":"rolling 1h","used":1000,"held":0,"amount":1000,"remaining":0,)"
        R"("retry_after_ms":3600000}]}],"as_of_ms":1772359200000,"lag_ms":10000,"cold":true})"
        "\n");
}

TEST_F(CheckReplyTest, AnswersEachOfSeveral) {
    spend(R"({"time_ms":1772359230000,"virtual_key":"k","cost_usd":"24"})");
    EXPECT_EQ(answer(rig_.checks(),
                     R"({"checks":[{"virtual_key":"x"},)"
                     R"({"virtual_key":"k","verbose":true,"estimate":{"usd":"1"}}]})"),
              R"({"results":[{"allowed":true,"reason":null,"reasons":[],"retry_after_ms":null,)"
              R"("accounts":["global","virtual_key:x"],"unreserved":true,"policy":17},)"
              R"({"allowed":true,"reason":null,"reasons":[],"retry_after_ms":null,)"
              R"("accounts":["global","virtual_key:k","team:a"],"unreserved":true,"policy":17,)"
              R"("limits":[{"reason":null,"limit":"key-day","account":"virtual_key:k",)"
              R"("level":"warn","window":"day","used_usd":"24","held_usd":"0","amount_usd":"25",)"
              R"("remaining_usd":"1","retry_after_ms":null},)"
              R"({"reason":null,"limit":"team-tokens","account":"team:a","level":"none",)"
              R"("window":"rolling 1h","used":0,"held":0,"amount":1000,"remaining":1000,)"
              R"("retry_after_ms":null}]}],"as_of_ms":1772359200000,"lag_ms":10000,"cold":true})"
              "\n");
}

TEST_F(CheckReplyTest, WithoutTotalsLevelsAreAllThatIsKnown) {
    CheckBoard board;
    board.begin(rig_.engine().settings(), std::make_shared<KeyTable>(), {});
    EXPECT_EQ(answer(board, R"({"checks":[{"team":"a","estimate":{"usd":"1"}}]})"),
              "spantoll is starting: its totals are being loaded");
    EXPECT_NE(answer(board, R"({"checks":[{"team":"a"}]})").find(R"("allowed":true)"),
              std::string::npos);
}

}  // namespace
}  // namespace spantoll::tools
