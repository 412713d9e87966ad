#include "ingest/validate.h"

#include <gtest/gtest.h>

#include "tests/tables/table_file.h"

namespace spantoll::ingest {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;
constexpr ValidationContext kContext{kNowMs, kNowMs - 100'000};

// A span that nothing speaks against.
Span good_span() {
    Span span;
    span.time_ms = kNowMs;
    span.dimensions[0] = "mastodon.social";
    return span;
}

std::optional<Refusal> judged(const Span& span,
                              const ValidationRules& rules = {},
                              const ValidationContext& context = kContext) {
    const DecodedRecord record;
    if (const auto refusal = validate(span, record, rules, context)) {
        return refusal;
    }
    return validate_after_cost(span, record);
}

// "ok no_account", or "!not_decodable".
std::string outcomes(const DecodedRecord& record) {
    if (record.refused) {
        return "!" + std::string(name_of(*record.refused));
    }
    ValidationRules rules;
    rules.accept_credits = true;
    std::string text;
    for (const Span& span : record.spans) {
        std::optional<Refusal> refusal = validate(span, record, rules, kContext);
        if (!refusal) {
            refusal = validate_after_cost(span, record);
        }
        text += text.empty() ? "" : " ";
        text += refusal ? name_of(*refusal) : "ok";
    }
    return text;
}

TEST(Validate, RecordsAreRefusedAsTheTableSays) {
    const auto rows = tables::read_rows("refusals.txt");
    ASSERT_GT(rows.size(), 150u);
    Decoder decoder(Format::kJson);
    DecodedRecord record;
    for (const tables::Row& row : rows) {
        ASSERT_EQ(row.cells.size(), 2u) << "refusals.txt:" << row.line;
        std::string json = row.cells[1];
        for (size_t at = 0; (at = json.find(":T", at)) != std::string::npos;) {
            json.replace(at + 1, 1, std::to_string(kNowMs));
        }
        decoder.decode("", json, record);
        EXPECT_EQ(outcomes(record), row.cells[0]) << "refusals.txt:" << row.line << ": " << json;
    }
}

TEST(Validate, AnyCreditIsRefusedWhereCreditsAreOff) {
    Span span = good_span();
    span.is_credit = true;
    EXPECT_EQ(judged(span), Refusal::kCostNegative);
    span.cost = Money::from_pico(5);
    EXPECT_EQ(judged(span), Refusal::kCostNegative);
}

TEST(Validate, NothingIsTooOldWhileTheWatermarkIsUnset) {
    Span span = good_span();
    span.time_ms = 1'000'000'000'001;
    EXPECT_EQ(judged(span), Refusal::kTooOld);
    EXPECT_EQ(judged(span, {}, {kNowMs, kUnset}), std::nullopt);
}

TEST(Validate, TheToleranceAndTheHorizonAreSettings) {
    ValidationRules rules;
    rules.future_tolerance_ms = 0;
    rules.oldest_ms = 1000;
    Span span = good_span();
    EXPECT_EQ(judged(span, rules), std::nullopt);
    span.time_ms = kNowMs + 1;
    EXPECT_EQ(judged(span, rules), Refusal::kFuture);
    span.time_ms = kContext.watermark_ms - 1000;
    EXPECT_EQ(judged(span, rules), std::nullopt);
    span.time_ms -= 1;
    EXPECT_EQ(judged(span, rules), Refusal::kTooOld);
}

TEST(Validate, UsagesOfOtherSpansAreNotLookedAt) {
    DecodedRecord record;
    record.usages = {{"usd", 1}, {"input_tokens", 1}, {"requests", 1}};
    Span span = good_span();
    span.usage_begin = 1;
    span.usage_count = 1;
    EXPECT_EQ(validate_after_cost(span, record), std::nullopt);
    span.usage_count = 2;
    EXPECT_EQ(validate_after_cost(span, record), Refusal::kQuantityInvalid);
}

TEST(Explain, ATimeNamesTheUnitThatItLooksLike) {
    const auto sentence = [](int64_t time_ms) {
        Span span;
        span.time_ms = time_ms;
        return explain(Refusal::kTimeNotMs, span);
    };
    EXPECT_NE(sentence(1'700'000'000).find("looks like seconds"), std::string::npos);
    EXPECT_NE(sentence(1'700'000'000'000'000).find("like microseconds"), std::string::npos);
    EXPECT_NE(sentence(1'700'000'000'000'000'000).find("like nanoseconds"), std::string::npos);
    EXPECT_NE(sentence(17).find("no unit"), std::string::npos);
    EXPECT_NE(sentence(-1'700'000'000).find("no unit"), std::string::npos);
}

TEST(Explain, EveryReasonOfASpanHasASentence) {
    for (size_t i = static_cast<size_t>(Refusal::kTimeMissing); i < kRefusalCount; ++i) {
        EXPECT_FALSE(explain(static_cast<Refusal>(i), Span()).empty()) << kRefusalNames[i];
    }
}

}  // namespace
}  // namespace spantoll::ingest
