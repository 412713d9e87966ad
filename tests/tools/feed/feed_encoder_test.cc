#include "tools/feed/feed_encoder.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "feed_fixture.h"
#include "ingest/decode/decoder.h"
#include "tools/feed/feed_random.h"

namespace spantoll::tools {
namespace {

FeedBatch full_batch() {
    FeedBatch batch;
    FeedSpan& first = batch.add();
    first.request_id = "req-1";
    Span& span = first.span;
    span.trace_id = {.high = 1, .low = 0xffffffffffffffffULL};
    span.span_id = 0xabc;
    span.sequence = 3;
    span.time_ms = 1700158623979;
    span.duration_us = 1500;
    span.status = Status::kError;
    span.direction = Direction::kOutbound;
    for (size_t i = 0; i < kDimensionCount; ++i) {
        span.dimensions[i] = kDimensionNames[i];
    }
    span.dimensions[0] = "a \"quoted\" \\ name\n\x01";
    span.http_status = 65535;
    span.error_type = "timeout";
    span.service_tier = "batch";
    span.ingress_bytes = 10;
    span.egress_bytes = 18446744073709551615ULL;
    span.cost = Money::from_pico(-5);
    span.is_credit = true;
    span.is_streaming = true;
    span.is_final_chunk = true;
    span.has_usage_data = false;
    batch.add_usage("input_tokens", 7);
    batch.add_usage("output_tokens", 0);
    batch.add_attribute("key", "value");
    batch.add().span.time_ms = 1700158623980;
    return batch;
}

TEST(FeedEncoder, WritesWhatTheDecoderReads) {
    const FeedBatch batch = full_batch();
    for (const Format format : {Format::kFlatBuffers, Format::kJson}) {
        FeedEncoder encoder(format, Framing::kNone);
        const std::string bytes(encoder.encode(batch));
        ingest::DecodedRecord record;
        ingest::Decoder decoder(Format::kAuto);
        decoder.decode(content_type_of(format), bytes, record);
        ASSERT_FALSE(record.refused.has_value()) << record.reason << bytes;
        ASSERT_EQ(record.spans.size(), 2U);
        const Span& want = batch.spans[0].span;
        const Span& got = record.spans[0];
        EXPECT_FALSE(got.is_not_decodable) << bytes;
        EXPECT_EQ(identity(got), identity(want));
        EXPECT_EQ(got.time_ms, want.time_ms);
        EXPECT_EQ(got.duration_us, want.duration_us);
        EXPECT_EQ(got.status, want.status);
        EXPECT_EQ(got.direction, want.direction);
        EXPECT_EQ(got.dimensions, want.dimensions);
        EXPECT_EQ(got.http_status, want.http_status);
        EXPECT_EQ(got.error_type, want.error_type);
        EXPECT_EQ(got.service_tier, want.service_tier);
        EXPECT_EQ(got.ingress_bytes, want.ingress_bytes);
        EXPECT_EQ(got.egress_bytes, want.egress_bytes);
        EXPECT_EQ(got.cost, want.cost);
        EXPECT_TRUE(got.is_credit && got.is_streaming && got.is_final_chunk);
        EXPECT_FALSE(got.has_usage_data);
        ASSERT_EQ(got.usage_count, 2U);
        EXPECT_EQ(record.usages[got.usage_begin].meter, "input_tokens");
        EXPECT_EQ(record.usages[got.usage_begin].quantity, 7U);
        EXPECT_EQ(record.spans[1].time_ms, 1700158623980);
        EXPECT_EQ(record.spans[1].cost, std::nullopt);
        EXPECT_TRUE(record.spans[1].has_usage_data);
    }
}

TEST(FeedEncoder, WritesEveryJsonFieldByItsName) {
    FeedBatch batch = full_batch();
    batch.spans.pop_back();
    FeedEncoder encoder(Format::kJson, Framing::kLine);
    EXPECT_EQ(encoder.encode(batch),
              R"({"trace_id":"0000000000000001ffffffffffffffff","span_id":"0000000000000abc",)"
              R"("sequence":3,"time_ms":1700158623979,"duration_us":1500,"status":"error",)"
              R"("domain":"a \"quoted\" \\ name\n\u0001","service":"service",)"
              R"("operation":"operation","commit":"commit","activity":"activity",)"
              R"("region":"region","provider":"provider","model":"model",)"
              R"("virtual_key":"virtual_key","team":"team","customer":"customer","user":"user",)"
              R"("session":"session","end_user":"end_user",)"
              R"("direction":"outbound","request_id":"req-1","ingress_bytes":10,)"
              R"("egress_bytes":18446744073709551615,)"
              R"("usage":[{"meter":"input_tokens","quantity":7},)"
              R"({"meter":"output_tokens","quantity":0}],"cost_pico_usd":-5,"is_credit":true,)"
              R"("is_streaming":true,"is_final_chunk":true,"has_usage_data":false,)"
              R"("attributes":[{"key":"key","value":"value"}],"http_status":65535,)"
              R"("error_type":"timeout","service_tier":"batch"})"
              "\n");
}

TEST(NamePool, PicksByWeight) {
    const NamePool pool({"a", "b", "c", "d"}, {1, 0, 6, 3});
    FeedRandom random(1, 0);
    std::map<std::string_view, int> picked;
    for (int i = 0; i < 100'000; ++i) {
        ++picked[pool.pick(random)];
    }
    EXPECT_NEAR(picked["a"], 10'000, 500);
    EXPECT_EQ(picked["b"], 0);
    EXPECT_NEAR(picked["c"], 60'000, 1'000);
    EXPECT_NEAR(picked["d"], 30'000, 1'000);
}

TEST(NamePool, OfZipfGivesTheSecondNameHalfOfTheFirst) {
    const NamePool pool = NamePool::zipf(NamePool::numbered("n", 1000, ".x"), 1);
    FeedRandom random(2, 0);
    std::map<std::string_view, int> picked;
    for (int i = 0; i < 200'000; ++i) {
        ++picked[pool.pick(random)];
    }
    EXPECT_NEAR(static_cast<double>(picked["n00001.x"]) / picked["n00002.x"], 2, 0.1);
}

}  // namespace
}  // namespace spantoll::tools
