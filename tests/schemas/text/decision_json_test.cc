#include "schemas/text/decision_json.h"

#include <gtest/gtest.h>

namespace spantoll {
namespace {

Decision decision_of_a_span() {
    Decision decision;
    decision.number = 1;
    decision.effective_ms = 1'772'323'210'000;
    decision.account = "x.org";
    decision.limit = "peer-day";
    decision.action = Action::kThrottle;
    decision.previous = Action::kWarn;
    decision.amount = 25 * kPicoPerUsd;
    decision.observed = Int128{23'750'000'000'000};
    decision.window = {WindowKind::kRolling, 24 * 60};
    decision.valid_until_ms = 1'772'326'810'000;
    decision.cause = Cause{"spans", 3, 41, 7, {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}};
    return decision;
}

// The ids are XXH3-128 of "peer-day\0x.org\0" "1772323210000\0" "1" as another program computes it
// (Python's xxhash.xxh3_128_hexdigest), and of "service-ema\0service:a\0" "1772323260000\0" "2".
TEST(DecisionJson, IsOneLineInTheOrderOfTheContract) {
    EXPECT_EQ(
        decision_json(decision_of_a_span()),
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
    Decision decision;
    decision.number = 2;
    decision.effective_ms = 1'772'323'260'000;
    decision.account = "service:a";
    decision.limit = "service-ema";
    decision.previous = Action::kBlock;
    decision.reason = Reason::kPeriodEnded;
    decision.meter = Meter{MeterKind::kUsage, "gpu\"ms"};
    decision.window = {WindowKind::kMonth, 0};
    decision.window_start_ms = 1'769'904'000'000;
    decision.observed = 12;
    decision.amount = 10;
    decision.shadow = true;
    EXPECT_EQ(
        decision_json(decision),
        R"({"id":"d0ccf3399547d3779395f924f32b44bd","number":2,"effective_ms":1772323260000,)"
        R"("account":"service:a","limit":"service-ema","action":"release","previous":"block",)"
        R"("reason":"period_ended","meter":"gpu\"ms","window":"month",)"
        R"("window_start_ms":1769904000000,"observed":12,"amount":10,)"
        R"("valid_until_ms":null,"ttl_ms":null,"cause":null,"shadow":true})");
}

TEST(DecisionJson, AnUnknownTraceIsNull) {
    Decision decision = decision_of_a_span();
    decision.cause->trace_id = {};
    EXPECT_NE(decision_json(decision).find(R"("trace_id":null})"), std::string::npos);
}

TEST(DecisionId, DependsOnLimitAccountTimeAndNumberAlone) {
    Decision decision = decision_of_a_span();
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
