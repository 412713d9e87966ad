#include "ingest/validate.h"

#include <gtest/gtest.h>

#include "ingest/decode/decoder.h"
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

std::optional<Refusal> judged(const DecodedRecord& record, size_t index) {
    ValidationRules rules;
    rules.accept_credits = true;
    const Span& span = record.spans[index];
    const std::optional<Refusal> refusal = validate(span, record, rules, kContext);
    return refusal ? refusal : validate_after_cost(span, record);
}

// "ok no_account", or "!not_decodable".
std::string outcomes(const DecodedRecord& record) {
    if (record.refused) {
        return "!" + std::string(name_of(*record.refused));
    }
    std::string text;
    for (size_t i = 0; i < record.spans.size(); ++i) {
        const std::optional<Refusal> refusal = judged(record, i);
        text += text.empty() ? "" : " ";
        text += refusal ? name_of(*refusal) : "ok";
    }
    return text;
}

// What a dead letter says: of the first span that is refused.
std::string sentence(const DecodedRecord& record) {
    for (size_t i = 0; i < record.spans.size() && !record.refused; ++i) {
        if (const std::optional<Refusal> refusal = judged(record, i)) {
            return explain(*refusal, record, i);
        }
    }
    return record.reason;
}

// A table's record, where T stands for a time.
std::string with_time(std::string json) {
    for (size_t at = 0; (at = json.find(":T", at)) != std::string::npos;) {
        const bool is_word = at + 2 < json.size() && std::isalpha(json[at + 2]) != 0;
        json.replace(at + 1, is_word ? 0 : 1, is_word ? "" : std::to_string(kNowMs));
        at += 2;
    }
    return json;
}

// Whether the text is the pattern, in which "..." stands for anything.
bool matches(std::string_view text, std::string_view pattern) {
    const size_t dots = pattern.find("...");
    if (dots == std::string_view::npos) {
        return text == pattern;
    }
    if (text.substr(0, dots) != pattern.substr(0, dots)) {
        return false;
    }
    for (size_t at = dots; at <= text.size(); ++at) {
        if (matches(text.substr(at), pattern.substr(dots + 3))) {
            return true;
        }
    }
    return false;
}

TEST(Validate, RecordsAreRefusedAsTheTableSays) {
    const auto rows = tables::read_rows("refusals.txt");
    ASSERT_GT(rows.size(), 150u);
    Decoder decoder(Format::kJson);
    DecodedRecord record;
    for (const tables::Row& row : rows) {
        ASSERT_EQ(row.cells.size(), 2u) << "refusals.txt:" << row.line;
        const std::string json = with_time(row.cells[1]);
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

TEST(Explain, MembersTheirValuesAndWhatToWriteAreNamedAsTheTableSays) {
    const auto rows = tables::read_rows("messages.txt");
    ASSERT_GT(rows.size(), 100u);
    Decoder decoder(Format::kJson);
    DecodedRecord record;
    for (const tables::Row& row : rows) {
        ASSERT_EQ(row.cells.size(), 2u) << "messages.txt:" << row.line;
        const std::string json = with_time(row.cells[1]);
        decoder.decode("", json, record);
        EXPECT_PRED2(matches, sentence(record), row.cells[0])
            << "messages.txt:" << row.line << ": " << json;
    }
}

// The sentence is about the span that is refused first, whatever is wrong with those behind it.
TEST(Explain, SpeaksOfTheSpanThatItIsAskedAbout) {
    Decoder decoder(Format::kJson);
    DecodedRecord record;
    decoder.decode(
        "", R"([{"team":"a"},{"time_ms":1700000000000,"team":1},{"time_ms":0,"user":2}])", record);
    EXPECT_EQ(explain(Refusal::kTimeMissing, record, 0).find("time_ms is missing"), 0u);
    EXPECT_EQ(explain(Refusal::kNotDecodable, record, 1).find("team is 1"), 0u);
    EXPECT_EQ(explain(Refusal::kNotDecodable, record, 2).find("team"), std::string::npos);
    decoder.decode("", R"({"team":"a"})", record);
    EXPECT_EQ(explain(Refusal::kNotDecodable, record, 0).find("team"), std::string::npos);
}

TEST(Explain, ATimeNamesTheUnitThatItLooksLike) {
    const auto sentence = [](int64_t time_ms) {
        DecodedRecord record;
        record.spans.emplace_back().time_ms = time_ms;
        return explain(Refusal::kTimeNotMs, record, 0);
    };
    EXPECT_NE(sentence(1'700'000'000).find("looks like seconds"), std::string::npos);
    EXPECT_NE(sentence(1'700'000'000'000'000).find("like microseconds"), std::string::npos);
    EXPECT_NE(sentence(1'700'000'000'000'000'000).find("like nanoseconds"), std::string::npos);
    EXPECT_NE(sentence(17).find("no unit"), std::string::npos);
    EXPECT_NE(sentence(-1'700'000'000).find("no unit"), std::string::npos);
}

TEST(Explain, EveryReasonOfASpanHasASentence) {
    DecodedRecord record;
    record.spans.emplace_back();
    for (size_t i = static_cast<size_t>(Refusal::kTimeMissing);
         i < static_cast<size_t>(Refusal::kCrashed);
         ++i) {
        EXPECT_FALSE(explain(static_cast<Refusal>(i), record, 0).empty()) << kRefusalNames[i];
    }
}

}  // namespace
}  // namespace spantoll::ingest
