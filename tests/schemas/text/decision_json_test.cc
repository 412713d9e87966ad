#include "schemas/text/decision_json.h"

#include <gtest/gtest.h>

#include "tests/schemas/sample_decisions.h"

namespace spantoll {
namespace {

// The ids are XXH3-128 of "peer-day\0x.org\0" "1772323210000\0" "1" as another program computes it
// (Python's xxhash.xxh3_128_hexdigest), and of "service-ema\0service:a\0" "1772323260000\0" "2".
TEST(DecisionJson, IsOneLineInTheOrderOfTheContract) {
    EXPECT_EQ(
        decision_json(sample_throttle()),
        R"({"id":"4cd5361a2a94ac86d8972e3367bbf07d","number":1,"effective_ms":1772323210000,)"
        R"("account":"x.org","limit":"peer-day","action":"throttle","previous":"warn",)"
        R"("reason":"total_reached","meter":"usd","window":"rolling 24h",)"
        R"("window_start_ms":null,"observed_usd":"23.75","observed_pico_usd":"23750000000000",)"
        R"("amount_usd":"25","amount_pico_usd":"25000000000000",)"
        R"("valid_until_ms":1772326810000,"ttl_ms":3600000,)"
        R"("cause":{"topic":"spans","partition":3,"offset":41,"index":7,)"
        R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"},"shadow":false})");
}

TEST(DecisionJson, AReleaseAtAClosingHasNullsAndOtherMetersAreIntegers) {
    Decision decision = sample_release();
    decision.observed = 12;
    EXPECT_EQ(
        decision_json(decision),
        R"({"id":"d0ccf3399547d3779395f924f32b44bd","number":2,"effective_ms":1772323260000,)"
        R"("account":"service:a","limit":"service-ema","action":"release","previous":"block",)"
        R"("reason":"period_ended","meter":"gpu\"ms","window":"month",)"
        R"("window_start_ms":1769904000000,"observed":12,"amount":10,)"
        R"("valid_until_ms":null,"ttl_ms":null,"cause":null,"shadow":true})");
}

TEST(DecisionJson, AnUnknownTraceIsNull) {
    Decision decision = sample_throttle();
    decision.cause->trace_id = {};
    EXPECT_NE(decision_json(decision).find(R"("trace_id":null})"), std::string::npos);
}

TEST(DecisionId, DependsOnLimitAccountTimeAndNumberAlone) {
    Decision decision = sample_throttle();
    const std::string id = decision_id(decision);
    decision.observed = 1;
    decision.action = Action::kBlock;
    decision.shadow = true;
    EXPECT_EQ(decision_id(decision), id);
    decision.number = 2;
    EXPECT_NE(decision_id(decision), id);
}

}  // namespace
}  // namespace spantoll
