#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/decode/json.h"
#include "ingest/decode/json_number.h"
#include "ingest/limits.h"

namespace spantoll::ingest {
namespace {

// A record and what the decoder makes of it; the bytes are gone afterwards, as with a source.
DecodedRecord decoded(std::string json) {
    JsonDecoder decoder;
    DecodedRecord record;
    decoder.decode(json, record);
    json.assign(json.size(), '#');
    return record;
}

std::string joined(std::string_view piece, size_t count) {
    std::string text = "[";
    for (size_t i = 0; i < count; ++i) {
        text += i == 0 ? "" : ",";
        text += piece;
    }
    return text + "]";
}

TEST(JsonRecord, EveryFieldIsReadUnderItsName) {
    const DecodedRecord record = decoded(R"({
        "trace_id": "4bf92f3577b34da6A3CE929D0E0E4736", "span_id": "00f067aa0ba902b7", "sequence": 3,
        "time_ms": 1700000000000, "duration_us": 18446744073709551615, "status": "error",
        "service": "s", "operation": "/o", "domain": "d", "direction": "outbound", "activity": "a",
        "region": "r", "commit": "c", "provider": "p", "model": "m", "virtual_key": "v",
        "team": "t", "customer": "cu", "user": "u", "request_id": "id",
        "ingress_bytes": 5, "egress_bytes": 6,
        "usage": [{"meter": "x", "quantity": 7}, {"quantity": 8, "meter": "y"}, {"meter": "x", "quantity": 9}],
        "cost_pico_usd": -12, "is_credit": true, "is_streaming": true, "is_final_chunk": true,
        "has_usage_data": false, "attributes": [{"key": "k", "value": "v"}],
        "session": "se", "end_user": "eu", "http_status": 429, "error_type": "rate", "service_tier": "batch"})");
    ASSERT_FALSE(record.refused) << record.reason;
    ASSERT_EQ(record.spans.size(), 1u);
    const Span& span = record.spans[0];
    EXPECT_FALSE(span.is_not_decodable);
    EXPECT_EQ(span.trace_id, (TraceId{0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}));
    EXPECT_EQ(span.span_id, 0x00f067aa0ba902b7u);
    EXPECT_EQ(span.sequence, 3u);
    EXPECT_EQ(span.time_ms, 1700000000000);
    EXPECT_EQ(span.duration_us, UINT64_MAX);
    EXPECT_EQ(span.status, Status::kError);
    EXPECT_EQ(span.direction, Direction::kOutbound);
    const std::array<std::string_view, kDimensionCount> dimensions{
        "d", "s", "/o", "c", "a", "r", "p", "m", "v", "t", "cu", "u", "se", "eu"};
    EXPECT_EQ(span.dimensions, dimensions);
    EXPECT_EQ(span.ingress_bytes, 5u);
    EXPECT_EQ(span.egress_bytes, 6u);
    EXPECT_EQ(span.http_status, 429u);
    EXPECT_EQ(span.error_type, "rate");
    EXPECT_EQ(span.service_tier, "batch");
    ASSERT_EQ(span.usage_count, 3u);
    EXPECT_EQ(record.usages[0].meter, "x");
    EXPECT_EQ(record.usages[1].meter, "y");
    EXPECT_EQ(record.usages[1].quantity, 8u);
    EXPECT_EQ(record.usages[2].quantity, 9u);
    EXPECT_EQ(span.cost, Money::from_pico(-12));
    EXPECT_TRUE(span.is_credit && span.is_streaming && span.is_final_chunk);
    EXPECT_FALSE(span.has_usage_data);
}

TEST(JsonRecord, WhatIsAbsentKeepsItsDefault) {
    const DecodedRecord record = decoded("{}");
    ASSERT_EQ(record.spans.size(), 1u);
    const Span& span = record.spans[0];
    EXPECT_FALSE(span.has_identity());
    EXPECT_EQ(span.time_ms, 0);
    EXPECT_EQ(span.status, Status::kUnspecified);
    EXPECT_FALSE(span.cost);
    EXPECT_TRUE(span.has_usage_data);
    EXPECT_EQ(span.dimension(Dimension::kTeam), "");
}

TEST(JsonRecord, TextsAreUnescaped) {
    const DecodedRecord record = decoded(
        R"([{"team":"a\"\\\/\b\f\n\r\tb","user":"\u00e9\ud83d\ude00\u0000"},{"te\u0061m":"plain"}])");
    ASSERT_EQ(record.spans.size(), 2u);
    EXPECT_EQ(record.spans[0].dimension(Dimension::kTeam), "a\"\\/\b\f\n\r\tb");
    EXPECT_EQ(record.spans[0].dimension(Dimension::kUser),
              std::string_view("\xC3\xA9\xF0\x9F\x98\x80\0", 7));
    EXPECT_EQ(record.spans[1].dimension(Dimension::kTeam), "plain");
}

// Nothing but the record's own size bounds a name that is not ours. A new decoder each time, so
// that no memory of an earlier record hides a write behind the buffer.
TEST(JsonRecord, NamesThatAreNotOursMayHaveAnyLength) {
    for (const size_t size :
         {1UL, 15UL, 16UL, 17UL, 18UL, 31UL, 32UL, 64UL, 4'000UL, 1'000'000UL}) {
        const std::string name(size, 'n');
        for (const std::string& written : {name, "\\u0041" + name, name + "\\\"", "\\\"" + name}) {
            const DecodedRecord record =
                decoded(fmt::format(R"({{"team":"t","{0}":{{"{0}":[1]}},"user":"u"}})", written));
            ASSERT_FALSE(record.refused) << size << record.reason;
            ASSERT_EQ(record.spans.size(), 1u);
            EXPECT_EQ(record.spans[0].dimension(Dimension::kTeam), "t");
            EXPECT_EQ(record.spans[0].dimension(Dimension::kUser), "u");
        }
    }
}

// simdjson's own writes are seen by no sanitizer of ours, so the bytes behind are looked at: texts
// and names of every length, whose escapes stand at their beginning, at their end, or are all of
// them; also such that simdjson gives up in the middle of.
TEST(JsonRecord, NothingIsWrittenBehindTheMemoryThatItNeeds) {
    constexpr uint64_t kUntouched = 0xA5A5A5A5A5A5A5A5;
    JsonDecoder decoder;
    for (size_t size = 0; size < 150; ++size) {
        for (const std::string escape :
             {R"(\\)", R"(\")", R"(\u0041)", R"(\ud83d\ude00)", R"(\ud83d)"}) {
            const std::string plain(size, 'n');
            std::string all;
            while (all.size() < size) {
                all += escape;
            }
            for (const std::string& text : {escape + plain, plain + escape, all}) {
                const std::string json =
                    fmt::format(R"({{"{0}":["{0}",{{"{0}":1}}],"team":"{0}"}})", text);
                const size_t needed = 2 * (json.size() + 64);  // simdjson's padding
                DecodedRecord record;
                record.buffer.assign(needed / sizeof(uint64_t) + 100, kUntouched);
                decoder.decode(json, record);
                ASSERT_EQ(record.spans.size(), 1u) << record.reason;
                for (size_t i = needed / sizeof(uint64_t) + 1; i < record.buffer.size(); ++i) {
                    ASSERT_EQ(record.buffer[i], kUntouched) << json;
                }
            }
        }
    }
}

// The arena moves on with each text that is unescaped, and only with those.
TEST(JsonRecord, ManyNamesThatAreNotOursFitWhereTheirSpansDo) {
    std::string member;
    for (int i = 0; i < 50; ++i) {
        member += ",\"a_member_that_we_do_not_know_" + std::to_string(i) + "\":\"v\"";
    }
    for (const std::string team : {"t", "\\u0074"}) {
        const DecodedRecord record =
            decoded(joined(fmt::format(R"({{"team":"{}"{}}})", team, member), 500));
        ASSERT_EQ(record.spans.size(), 500u);
        for (const Span& span : record.spans) {
            EXPECT_EQ(span.dimension(Dimension::kTeam), "t");
        }
    }
}

TEST(JsonRecord, StaysValidWhileOthersAreDecoded) {
    JsonDecoder decoder;
    std::vector<DecodedRecord> records;
    for (int i = 0; i < 100; ++i) {
        records.emplace_back();
        decoder.decode(R"({"team":"te\u0061m )" + std::to_string(i) + R"(","user":"u)" +
                           std::string(static_cast<size_t>(i), 'x') + "\"}",
                       records.back());
    }
    for (size_t i = 0; i < records.size(); ++i) {
        ASSERT_EQ(records[i].spans.size(), 1u);
        EXPECT_EQ(records[i].spans[0].dimension(Dimension::kTeam), "team " + std::to_string(i));
        EXPECT_EQ(records[i].spans[0].dimension(Dimension::kUser), "u" + std::string(i, 'x'));
    }
}

TEST(JsonRecord, ADecodedRecordIsReusedWithoutTracesOfTheOneBefore) {
    JsonDecoder decoder;
    DecodedRecord record;
    decoder.decode(R"([{"usage":[{"meter":"a","quantity":1}]},{}])", record);
    record.clear();
    decoder.decode("x", record);
    EXPECT_EQ(record.refused, Refusal::kNotDecodable);
    record.clear();
    decoder.decode(R"({"team":"t"})", record);
    EXPECT_FALSE(record.refused);
    ASSERT_EQ(record.spans.size(), 1u);
    EXPECT_EQ(record.spans[0].usage_count, 0u);
    EXPECT_TRUE(record.reason.empty());
}

TEST(JsonRecord, CostsAreExactFromTheirDecimalText) {
    const auto pico = [](const std::string& value) {
        const DecodedRecord record = decoded("{\"cost_usd\":" + value + "}");
        return record.spans.at(0).cost.value().pico();
    };
    EXPECT_EQ(pico("0.1"), 100'000'000'000);
    EXPECT_EQ(pico("123456.123456789012"), 123'456'123'456'789'012);
    EXPECT_EQ(pico("\"123456.1234567890125\""), 123'456'123'456'789'012);
    EXPECT_EQ(pico("\"123456.1234567890135\""), 123'456'123'456'789'014);
    EXPECT_EQ(pico("1e-12"), 1);
    EXPECT_EQ(pico("12345678901234567890e-20"), 123'456'789'012);
}

TEST(JsonRecord, TooManySpansIsSaidAfterAllOfThemAreSound) {
    EXPECT_EQ(decoded(joined("{}", kSpansPerRecordMax)).spans.size(), kSpansPerRecordMax);
    EXPECT_EQ(decoded(joined("{}", kSpansPerRecordMax + 1)).refused, Refusal::kTooManySpans);
    EXPECT_EQ(decoded(joined("1", kSpansPerRecordMax + 1)).refused, Refusal::kTooManySpans);
    std::string broken = joined("{}", 2 * kSpansPerRecordMax);
    broken.replace(broken.size() - 3, 2, "{]");
    EXPECT_EQ(decoded(broken).refused, Refusal::kNotDecodable);
}

TEST(JsonRecord, NestingIsBounded) {
    const auto nested = [](size_t depth) {
        return "{\"x\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_FALSE(decoded(nested(kJsonDepthMax)).refused);
    EXPECT_EQ(decoded(nested(kJsonDepthMax + 1)).refused, Refusal::kNotDecodable);
    EXPECT_EQ(decoded(std::string(kRecordBytesMax, '[')).refused, Refusal::kNotDecodable);
    EXPECT_EQ(decoded(std::string(kRecordBytesMax / 8, '{')).refused, Refusal::kNotDecodable);
}

TEST(JsonRecord, EveryTruncationIsRefused) {
    const std::string json =
        R"([{"team":"te\u0061m","usage":[{"meter":"m","quantity":1.5e1}],"x":{"y":[null,true]}}])";
    for (size_t size = 0; size < json.size(); ++size) {
        EXPECT_EQ(decoded(json.substr(0, size)).refused, Refusal::kNotDecodable) << size;
    }
    EXPECT_FALSE(decoded(json).refused);
}

TEST(WholeNumber, IsExactHoweverItIsWritten) {
    const auto value = [](std::string_view text) {
        const WholeNumber number = parse_whole(text);
        return number.outcome == WholeOutcome::kOk ? to_text(number.value) : "none";
    };
    EXPECT_EQ(value("0"), "0");
    EXPECT_EQ(value("-0"), "0");
    EXPECT_EQ(value("12"), "12");
    EXPECT_EQ(value("-12.00"), "-12");
    EXPECT_EQ(value("1.2e1"), "12");
    EXPECT_EQ(value("1200E-2"), "12");
    EXPECT_EQ(value("0.000012e+6"), "12");
    EXPECT_EQ(value("0e999999999999"), "0");
    EXPECT_EQ(value("999999999999999999"), "999999999999999999");
    EXPECT_EQ(value("18446744073709551616"), "18446744073709551616");
    EXPECT_EQ(value("-123456789012345678901234567890"), "-123456789012345678901234567890");
}

TEST(WholeNumber, ToldFromWhatIsNone) {
    EXPECT_EQ(parse_whole("1.5").outcome, WholeOutcome::kNotWhole);
    EXPECT_EQ(parse_whole("1e-1").outcome, WholeOutcome::kNotWhole);
    EXPECT_EQ(parse_whole("1e-99999999999999999999").outcome, WholeOutcome::kNotWhole);
    EXPECT_EQ(parse_whole("1e99999999999999999999").outcome, WholeOutcome::kOutOfRange);
    EXPECT_EQ(parse_whole("1234567890123456789012345678901").outcome, WholeOutcome::kOutOfRange);
    for (const char* text :
         {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1_0", " 1", "1 ", "NaN"}) {
        EXPECT_EQ(parse_whole(text).outcome, WholeOutcome::kNotANumber) << text;
    }
}

}  // namespace
}  // namespace spantoll::ingest
