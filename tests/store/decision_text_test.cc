#include "store/codec/decision_text.h"

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "schemas/text/decision_json.h"
#include "tests/schemas/sample_decisions.h"
#include "tests/store/old_decisions.h"
#include "tests/store/row_generators.h"

namespace spantoll::store {
namespace {

constexpr int64_t kFar = 1'000'000'000'000'000;

TEST(DecisionText, IsReadBackAsTheDecisionThatItWasMadeOf) {
    EXPECT_TRUE(rc::check([] {
        Decision decision = any_decision();
        // Names are UTF-8 by then; what is not would be replaced in the text.
        for (std::string* name : {&decision.account, &decision.limit}) {
            *name = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
        }
        if (decision.cause) {
            decision.cause->topic = "spans";
        }
        // The time to live stands in the text too, and is a difference of two times.
        const bool are_times = decision.effective_ms > -kFar && decision.effective_ms < kFar &&
                               decision.valid_until_ms != kUnset;
        RC_PRE(are_times || !decision.valid_until_ms);
        const std::optional<Decision> read = parse_decision_text(decision_json(decision));
        RC_ASSERT(read == decision);
        RC_ASSERT(decision_json(*read) == decision_json(decision));
    }));
}

TEST(DecisionText, MayHaveEscapedCharactersOrThemselves) {
    Decision decision = sample_throttle();
    decision.account = "team:a\"b\\ \xc3\xa4\xe2\x80\xae\xf0\x9f\x98\x80";
    EXPECT_EQ(parse_decision_text(decision_json(decision)), decision);
}

TEST(DecisionText, IsRefusedWhereItIsAnythingElse) {
    const std::string whole = decision_json(sample_throttle());
    ASSERT_TRUE(parse_decision_text(whole));
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = whole;
        const size_t at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return parse_decision_text(text.replace(at, from.size(), to));
    };
    EXPECT_FALSE(parse_decision_text(""));
    EXPECT_FALSE(parse_decision_text("null"));
    EXPECT_FALSE(parse_decision_text("[]"));
    EXPECT_FALSE(parse_decision_text(R"({"number":1})"));
    EXPECT_FALSE(parse_decision_text(whole.substr(0, whole.size() / 2)));
    EXPECT_FALSE(with(R"("action":"throttle")", R"("action":"slow")"));
    EXPECT_FALSE(with(R"("reason":"total_reached")", R"("reason":"whim")"));
    EXPECT_FALSE(with(R"("window":"rolling 24h")", R"("window":"fortnight")"));
    EXPECT_FALSE(with(R"("number":1)", R"("number":-1)"));
    EXPECT_FALSE(with(R"("number":1)", R"("number":1.5)"));
    EXPECT_FALSE(with(R"("partition":3)", R"("partition":3000000000)"));
    EXPECT_FALSE(with(R"("observed_pico_usd":"23750000000000")", R"("observed_pico_usd":"x")"));
    EXPECT_FALSE(with(R"("trace_id":"4b)", R"("trace_id":"zz)"));
    EXPECT_FALSE(with(R"("trace_id":"4b)", R"("trace_id":"4)"));
}

}  // namespace
}  // namespace spantoll::store
