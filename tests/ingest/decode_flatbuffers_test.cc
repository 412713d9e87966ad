#include <chrono>
#include <cstring>
#include <limits>
#include <random>

#include <flatbuffers/flatbuffers.h>
#include <gtest/gtest.h>

#include "ingest/decode/flatbuffers.h"
#include "ingest/limits.h"
#include "schemas/generated/span_generated.h"

namespace spantoll::ingest {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

// A finished batch as a source hands it over: bytes at an address of its own choice.
std::string finished(FlatBufferBuilder& builder, const std::vector<Offset<wire::Span>>& spans) {
    wire::FinishSpanBatchBuffer(builder, wire::CreateSpanBatchDirect(builder, &spans));
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

// A span with every field set.
Offset<wire::Span> full_span(FlatBufferBuilder& builder, uint32_t sequence) {
    const std::vector<Offset<wire::Usage>> usages{
        wire::CreateUsageDirect(builder, "input_tokens", 1200),
        wire::CreateUsageDirect(builder, "output_tokens", std::numeric_limits<uint64_t>::max())};
    std::vector<Offset<wire::Attribute>> attributes;
    attributes.reserve(4);
    for (int i = 0; i < 4; ++i) {
        attributes.push_back(
            wire::CreateAttributeDirect(builder, "http.route", "/api/v2/users/{id}"));
    }
    const wire::TraceId trace_id(0x0102030405060708, 0x090a0b0c0d0e0f10);
    return wire::CreateSpanDirect(builder,
                                  &trace_id,
                                  42,
                                  sequence,
                                  1'700'000'000'000,
                                  17,
                                  wire::Status::error,
                                  "svc",
                                  "/op",
                                  "mastodon.social",
                                  wire::Direction::inbound,
                                  "Create",
                                  "eu",
                                  "abc123",
                                  "openai",
                                  "gpt-4",
                                  "vk1",
                                  "search",
                                  "acme",
                                  "bob",
                                  "req-1",
                                  5,
                                  6,
                                  &usages,
                                  -12,
                                  true,
                                  true,
                                  true,
                                  false,
                                  &attributes,
                                  "run-7",
                                  "eve",
                                  429,
                                  "rate_limited",
                                  "batch");
}

DecodedRecord decoded(std::string_view bytes) {
    DecodedRecord record;
    decode_flatbuffers(bytes, record);
    return record;
}

// A span that is nothing but a team.
std::string with_team(FlatBufferBuilder& builder, size_t spans, size_t team_size) {
    const auto team = builder.CreateString(std::string(team_size, 't'));
    std::vector<Offset<wire::Span>> offsets;
    for (size_t i = 0; i < spans; ++i) {
        wire::SpanBuilder span(builder);
        span.add_team(team);
        offsets.push_back(span.Finish());
    }
    return finished(builder, offsets);
}

TEST(FlatBuffersRecord, EveryFieldIsRead) {
    FlatBufferBuilder builder;
    const auto first = full_span(builder, 3);
    const std::string bytes = finished(builder, {first, full_span(builder, 4)});
    const DecodedRecord record = decoded(bytes);
    ASSERT_FALSE(record.refused) << record.reason;
    ASSERT_EQ(record.spans.size(), 2u);
    const Span& span = record.spans[0];
    EXPECT_EQ(span.trace_id, (TraceId{0x0102030405060708, 0x090a0b0c0d0e0f10}));
    EXPECT_EQ(span.span_id, 42u);
    EXPECT_EQ(span.sequence, 3u);
    EXPECT_EQ(span.time_ms, 1'700'000'000'000);
    EXPECT_EQ(span.duration_us, 17u);
    EXPECT_EQ(span.status, Status::kError);
    EXPECT_EQ(span.direction, Direction::kInbound);
    const std::array<std::string_view, kDimensionCount> dimensions{"mastodon.social",
                                                                   "svc",
                                                                   "/op",
                                                                   "abc123",
                                                                   "Create",
                                                                   "eu",
                                                                   "openai",
                                                                   "gpt-4",
                                                                   "vk1",
                                                                   "search",
                                                                   "acme",
                                                                   "bob",
                                                                   "run-7",
                                                                   "eve"};
    EXPECT_EQ(span.dimensions, dimensions);
    EXPECT_EQ(span.ingress_bytes, 5u);
    EXPECT_EQ(span.egress_bytes, 6u);
    EXPECT_EQ(span.http_status, 429u);
    EXPECT_EQ(span.error_type, "rate_limited");
    EXPECT_EQ(span.service_tier, "batch");
    EXPECT_EQ(span.cost, Money::from_pico(-12));
    EXPECT_TRUE(span.is_credit && span.is_streaming && span.is_final_chunk);
    EXPECT_FALSE(span.has_usage_data);
    EXPECT_FALSE(span.is_not_decodable);
    EXPECT_EQ(record.spans[1].sequence, 4u);
    EXPECT_EQ(record.spans[1].usage_begin, 2u);
    ASSERT_EQ(record.spans[1].usage_count, 2u);
    EXPECT_EQ(record.usages[3].meter, "output_tokens");
    EXPECT_EQ(record.usages[3].quantity, std::numeric_limits<uint64_t>::max());
}

TEST(FlatBuffersRecord, WhatIsAbsentKeepsItsDefault) {
    FlatBufferBuilder builder;
    const std::string bytes = finished(builder, {wire::SpanBuilder(builder).Finish()});
    const DecodedRecord record = decoded(bytes);
    ASSERT_EQ(record.spans.size(), 1u);
    const Span& span = record.spans[0];
    EXPECT_FALSE(span.has_identity());
    EXPECT_FALSE(span.cost);
    EXPECT_TRUE(span.has_usage_data);
    EXPECT_EQ(span.usage_count, 0u);
    EXPECT_EQ(span.dimension(Dimension::kService), "");
}

TEST(FlatBuffersRecord, ACostOfZeroIsNoMissingCost) {
    FlatBufferBuilder builder;
    wire::SpanBuilder span(builder);
    span.add_cost_pico_usd(0);
    const std::string bytes = finished(builder, {span.Finish()});
    EXPECT_EQ(decoded(bytes).spans.at(0).cost, Money());
}

TEST(FlatBuffersRecord, ABatchWithoutSpansIsRefused) {
    FlatBufferBuilder empty;
    EXPECT_EQ(decoded(finished(empty, {})).refused, Refusal::kNotDecodable);
    FlatBufferBuilder absent;
    wire::FinishSpanBatchBuffer(absent, wire::CreateSpanBatch(absent));
    const std::string bytes(reinterpret_cast<const char*>(absent.GetBufferPointer()),
                            absent.GetSize());
    EXPECT_EQ(decoded(bytes).refused, Refusal::kNotDecodable);
}

TEST(FlatBuffersRecord, AWordBeyondTheEnumerationRefusesItsSpanAlone) {
    FlatBufferBuilder builder;
    wire::SpanBuilder status(builder);
    status.add_status(static_cast<wire::Status>(7));
    const auto first = status.Finish();
    wire::SpanBuilder direction(builder);
    direction.add_direction(static_cast<wire::Direction>(3));
    const auto second = direction.Finish();
    const std::string bytes = finished(builder, {first, second, full_span(builder, 1)});
    const DecodedRecord record = decoded(bytes);
    ASSERT_EQ(record.spans.size(), 3u);
    EXPECT_TRUE(record.spans[0].is_not_decodable);
    EXPECT_TRUE(record.spans[1].is_not_decodable);
    EXPECT_FALSE(record.spans[2].is_not_decodable);
}

TEST(FlatBuffersRecord, TooManySpansIsSaidAfterAllOfThemAreSound) {
    FlatBufferBuilder builder;
    std::vector<Offset<wire::Span>> spans(kSpansPerRecordMax, wire::SpanBuilder(builder).Finish());
    EXPECT_EQ(decoded(finished(builder, spans)).spans.size(), kSpansPerRecordMax);
    FlatBufferBuilder another;
    spans.assign(kSpansPerRecordMax + 1, wire::SpanBuilder(another).Finish());
    std::string bytes = finished(another, spans);
    EXPECT_EQ(decoded(bytes).refused, Refusal::kTooManySpans);
    // The last element points beyond the end.
    auto* batch = flatbuffers::GetMutableRoot<wire::SpanBatch>(bytes.data());
    auto* elements = const_cast<uint8_t*>(batch->spans()->Data());
    flatbuffers::WriteScalar<uint32_t>(elements + 4 * kSpansPerRecordMax, 0x7fffffff);
    EXPECT_EQ(decoded(bytes).refused, Refusal::kNotDecodable);
}

TEST(Amplification, ASmallRecordMayClaimOneMebibyteAndNoByteMore) {
    // 512 spans: 4 bytes each in the vector of spans, and the shared text.
    constexpr size_t kSpans = 512;
    constexpr size_t kText = kAmplifiedBytesFree / kSpans - 4;
    FlatBufferBuilder builder;
    const std::string bytes = with_team(builder, kSpans, kText);
    ASSERT_LT(16 * bytes.size(), kAmplifiedBytesFree);
    EXPECT_FALSE(decoded(bytes).refused);
    FlatBufferBuilder another;
    EXPECT_EQ(decoded(with_team(another, kSpans, kText + 1)).refused, Refusal::kAmplified);
}

TEST(Amplification, ALargeRecordMayClaimSixteenTimesItself) {
    FlatBufferBuilder builder;
    const std::string fifteen = with_team(builder, 15, 1u << 20);
    EXPECT_FALSE(decoded(fifteen).refused);
    FlatBufferBuilder another;
    EXPECT_EQ(decoded(with_team(another, 17, 1u << 20)).refused, Refusal::kAmplified);
}

TEST(Amplification, ManySpansComeBeforeIt) {
    FlatBufferBuilder builder;
    EXPECT_EQ(decoded(with_team(builder, kSpansPerRecordMax + 1, 1u << 20)).refused,
              Refusal::kTooManySpans);
}

TEST(Amplification, SharedTablesEndTheReadingSoon) {
    // 10,000 spans that share one vector of 400,000 usages: four thousand million tables.
    FlatBufferBuilder builder;
    const std::vector<Offset<wire::Usage>> usages(400'000,
                                                  wire::CreateUsageDirect(builder, "m", 1));
    const auto shared = builder.CreateVector(usages);
    std::vector<Offset<wire::Span>> spans;
    for (size_t i = 0; i < kSpansPerRecordMax; ++i) {
        wire::SpanBuilder span(builder);
        span.add_usage(shared);
        spans.push_back(span.Finish());
    }
    const std::string bytes = finished(builder, spans);
    const auto begin = std::chrono::steady_clock::now();
    const DecodedRecord record = decoded(bytes);
    EXPECT_EQ(record.refused, Refusal::kAmplified);
    EXPECT_LE(record.usages.capacity(), 2 * kUsagesPerRecordMax);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

// Texts that nobody uses yet.
TEST(Amplification, EveryTextIsPaidFor) {
    using Add = void (wire::SpanBuilder::*)(Offset<flatbuffers::String>);
    for (const Add add : {&wire::SpanBuilder::add_request_id,
                          &wire::SpanBuilder::add_session,
                          &wire::SpanBuilder::add_end_user,
                          &wire::SpanBuilder::add_error_type,
                          &wire::SpanBuilder::add_service_tier}) {
        FlatBufferBuilder builder;
        const auto text = builder.CreateString(std::string(1u << 20, 't'));
        std::vector<Offset<wire::Span>> spans;
        for (size_t i = 0; i < 17; ++i) {
            wire::SpanBuilder span(builder);
            (span.*add)(text);
            spans.push_back(span.Finish());
        }
        EXPECT_EQ(decoded(finished(builder, spans)).refused, Refusal::kAmplified);
    }
}

TEST(Amplification, AttributesArePaidForToo) {
    FlatBufferBuilder builder;
    const std::vector<Offset<wire::Attribute>> attributes(
        2000, wire::CreateAttributeDirect(builder, "k", std::string(600, 'v').c_str()));
    const auto shared = builder.CreateVector(attributes);
    wire::SpanBuilder span(builder);
    span.add_attributes(shared);
    EXPECT_EQ(decoded(finished(builder, {span.Finish()})).refused, Refusal::kAmplified);
}

// What the generated verifier thinks of the whole record, `lead` bytes behind an aligned address.
bool is_sound_behind(const std::string& bytes, size_t lead) {
    std::vector<uint64_t> words((lead + bytes.size()) / 8 + 1);
    auto* begin = reinterpret_cast<uint8_t*>(words.data());
    std::copy(bytes.begin(), bytes.end(), begin + lead);
    flatbuffers::Verifier verifier(begin, lead + bytes.size());
    return verifier.VerifyBufferFromStart<wire::SpanBatch>(wire::SpanBatchIdentifier(), lead);
}

bool is_sound(const std::string& bytes) {
    return is_sound_behind(bytes, 0) || is_sound_behind(bytes, sizeof(flatbuffers::uoffset_t));
}

// What a verifier knows nothing of.
bool is_other_refusal(const DecodedRecord& record) {
    return record.refused == Refusal::kTooManySpans || record.refused == Refusal::kAmplified ||
           record.reason == "a batch without spans";
}

// Every text, for the address sanitiser.
size_t bytes_of_texts(const DecodedRecord& record) {
    size_t sum = 0;
    for (const Span& span : record.spans) {
        for (const std::string_view text : span.dimensions) {
            sum += text.size();
            EXPECT_TRUE(text.data() == nullptr || text.data()[text.size()] == '\0');
        }
    }
    return sum;
}

// Spans whose vtables differ, and usages and attributes besides.
std::string mixed_batch() {
    FlatBufferBuilder builder;
    std::vector<Offset<wire::Span>> spans{full_span(builder, 1), full_span(builder, 2)};
    const auto usage = builder.CreateVector(
        std::vector<Offset<wire::Usage>>{wire::CreateUsageDirect(builder, "input_tokens", 7),
                                         wire::CreateUsageDirect(builder, "m", 0)});
    const auto service = builder.CreateString("api");
    for (uint64_t i = 0; i < 6; ++i) {
        wire::SpanBuilder span(builder);
        if (i % 2 == 0) {
            span.add_service(service);
            span.add_sequence(static_cast<uint32_t>(i + 1));
        }
        if (i % 3 == 0) {
            span.add_usage(usage);
            span.add_is_credit(true);
        }
        span.add_time_ms(1'700'000'000'000);
        spans.push_back(span.Finish());
    }
    return finished(builder, spans);
}

TEST(FlatBuffersRecord, ATruncatedOneIsReadWhereTheVerifierWould) {
    const std::string bytes = mixed_batch();
    ASSERT_TRUE(is_sound(bytes));
    for (size_t size = 0; size < bytes.size(); ++size) {
        const std::string part = bytes.substr(0, size);
        const DecodedRecord record = decoded(part);
        EXPECT_EQ(!record.refused || is_other_refusal(record), is_sound(part)) << size;
    }
}

TEST(FlatBuffersRecord, ADamagedOneIsReadWhereTheVerifierWould) {
    const std::string bytes = mixed_batch();
    std::mt19937_64 random(17);
    size_t refused = 0;
    constexpr int kTries = 100'000;
    for (int i = 0; i < kTries; ++i) {
        std::string damaged = bytes;
        for (uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
            // Small numbers lead to other tables and texts more often than far away.
            const uint64_t value = random() % 2 == 0 ? random() : random() % 64;
            damaged[random() % damaged.size()] = static_cast<char>(value);
        }
        const DecodedRecord record = decoded(damaged);
        EXPECT_LE(bytes_of_texts(record), 16 * bytes.size() + kAmplifiedBytesFree);
        if (damaged.substr(0, 8) == bytes.substr(0, 8)) {
            EXPECT_EQ(!record.refused || is_other_refusal(record), is_sound(damaged)) << i;
        }
        refused += record.refused ? 1 : 0;
    }
    EXPECT_GT(refused, kTries / 20);
    EXPECT_LT(refused, kTries * 19 / 20);
}

TEST(FlatBuffersRecord, StandsAtAnyAddress) {
    const std::string bytes = mixed_batch();
    const DecodedRecord expected = decoded(bytes);
    ASSERT_FALSE(expected.refused);
    for (size_t shift = 1; shift < 8; ++shift) {
        const std::string shifted = std::string(shift, ' ') + bytes;
        DecodedRecord record;
        decode_flatbuffers(std::string_view(shifted).substr(shift), record);
        ASSERT_FALSE(record.refused) << shift;
        ASSERT_EQ(record.spans.size(), expected.spans.size());
        for (size_t i = 0; i < record.spans.size(); ++i) {
            EXPECT_EQ(record.spans[i].dimensions, expected.spans[i].dimensions);
            EXPECT_EQ(record.spans[i].span_id, expected.spans[i].span_id);
            EXPECT_EQ(record.spans[i].usage_count, expected.spans[i].usage_count);
        }
    }
}

}  // namespace
}  // namespace spantoll::ingest
