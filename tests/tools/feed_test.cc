#include "tools/feed.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "ingest/decoder.h"
#include "ingest/file_source.h"
#include "tools/feed_csv.h"
#include "tools/feed_encoder.h"
#include "tools/feed_fields.h"
#include "tools/feed_random.h"
#include "tools/feed_run.h"
#include "tools/feed_scenario.h"

namespace spantoll::tools {
namespace {

namespace fs = std::filesystem;

class FeedTest : public testing::Test {
  protected:
    FeedTest()
        : directory_(testing::TempDir() + "feed_test." +
                     testing::UnitTest::GetInstance()->current_test_info()->name()) {
        fs::remove_all(directory_);
        fs::create_directories(directory_);
    }
    ~FeedTest() override { fs::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    static std::string content(const std::string& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static FeedOptions mixed(const std::string& to) {
        FeedOptions options;
        options.scenario = "mixed";
        options.spans = 20'000;
        options.start = "2026-11-20T13:00:00Z";
        options.to = "file:" + to;
        options.quiet = true;
        return options;
    }

    std::string directory_;
};

// What the processor's own reader and decoder make of a file.
struct Decoded {
    size_t records = 0;
    size_t refused_records = 0;
    std::vector<Span> spans;                                           // their texts are gone
    std::vector<std::array<std::string, kDimensionCount>> dimensions;  // by span
    std::map<std::string, uint64_t> usage;                             // summed by meter
};

Decoded decode_file(const std::string& path) {
    Decoded all;
    auto source = ingest::FileSource::open({path});
    EXPECT_TRUE(source.has_value()) << source.error().message;
    ingest::Decoder decoder(ingest::Format::kAuto);
    ingest::DecodedRecord record;
    bool finished = !source.has_value();
    while (!finished) {
        const auto batch = (*source)->poll({.records_max = 100, .bytes_max = 1 << 20});
        for (const ingest::Record& from : batch->records) {
            decoder.decode(from.content_type, from.bytes, record);
            ++all.records;
            all.refused_records += record.refused.has_value() ? 1 : 0;
            for (const Span& span : record.spans) {
                all.spans.push_back(span);
                auto& names = all.dimensions.emplace_back();
                for (size_t i = 0; i < kDimensionCount; ++i) {
                    names[i] = span.dimensions[i];
                }
                for (uint32_t i = 0; i < span.usage_count; ++i) {
                    const Usage& usage = record.usages[span.usage_begin + i];
                    all.usage[std::string(usage.meter)] += usage.quantity;
                }
            }
        }
        finished = batch->is_finished;
    }
    return all;
}

auto identity(const Span& span) {
    return std::tuple(span.trace_id, span.span_id, span.sequence, span.is_final_chunk);
}

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
    for (const FeedFormat format : {FeedFormat::kFlatBuffers, FeedFormat::kJson}) {
        FeedEncoder encoder(format, Framing::kNone);
        const std::string bytes(encoder.encode(batch));
        ingest::DecodedRecord record;
        ingest::Decoder decoder(ingest::Format::kAuto);
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
    FeedEncoder encoder(FeedFormat::kJson, Framing::kLine);
    EXPECT_EQ(encoder.encode(batch),
              R"({"trace_id":"0000000000000001ffffffffffffffff","span_id":"0000000000000abc",)"
              R"("sequence":3,"time_ms":1700158623979,"duration_us":1500,"status":"error",)"
              R"("domain":"a \"quoted\" \\ name\u000a\u0001","service":"service",)"
              R"("operation":"operation","commit":"commit","activity":"activity",)"
              R"("region":"region","provider":"provider","model":"model",)"
              R"("virtual_key":"virtual_key","team":"team","customer":"customer","user":"user",)"
              R"("direction":"outbound","request_id":"req-1","ingress_bytes":10,)"
              R"("egress_bytes":18446744073709551615,)"
              R"("usage":[{"meter":"input_tokens","quantity":7},)"
              R"({"meter":"output_tokens","quantity":0}],"cost_pico_usd":-5,"is_credit":true,)"
              R"("is_streaming":true,"is_final_chunk":true,"has_usage_data":false,)"
              R"("attributes":[{"key":"key","value":"value"}]})"
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

TEST_F(FeedTest, OfOneSeedAndStartIsAlwaysTheSame) {
    ASSERT_EQ(feed_command(mixed(path("a"))), 0);
    ASSERT_EQ(feed_command(mixed(path("b"))), 0);
    FeedOptions other = mixed(path("c"));
    other.seed = 2;
    ASSERT_EQ(feed_command(other), 0);
    EXPECT_EQ(content(path("a")), content(path("b")));
    EXPECT_NE(content(path("a")), content(path("c")));
}

TEST_F(FeedTest, MixedHoldsWhatGoesWrongInPractice) {
    for (const std::string name : {"mixed.spans", "mixed.jsonl"}) {
        ASSERT_EQ(feed_command(mixed(path(name))), 0);
        const Decoded all = decode_file(path(name));
        ASSERT_EQ(all.spans.size(), 20'000U) << name;
        EXPECT_GE(all.refused_records, 2U);
        std::set<decltype(identity(Span()))> seen;
        size_t duplicates = 0;
        size_t late = 0;
        std::map<std::string, size_t> broken;
        int64_t time_ms_max = 0;
        for (const Span& span : all.spans) {
            duplicates += seen.insert(identity(span)).second ? 0 : 1;
            broken["no time"] += span.time_ms == 0 ? 1 : 0;
            broken["seconds"] += span.time_ms > 0 && span.time_ms < 10'000'000'000 ? 1 : 0;
            broken["negative"] += span.cost && span.cost->pico() < 0 ? 1 : 0;
            broken["no account"] += span.dimensions == decltype(span.dimensions){} ? 1 : 0;
            time_ms_max = std::max(time_ms_max, span.time_ms);
            late += span.time_ms > 10'000'000'000 && span.time_ms < time_ms_max - 70'000 ? 1 : 0;
        }
        EXPECT_NEAR(static_cast<double>(duplicates), 100, 50);
        EXPECT_NEAR(static_cast<double>(late), 200, 80);
        for (const auto& [what, count] : broken) {
            EXPECT_GE(count, 2U) << what;
            EXPECT_LE(count, 8U) << what;
        }
    }
}

TEST_F(FeedTest, MixedHasANoisyDomainAndAKeyThatRunsAwayLate) {
    ASSERT_EQ(feed_command(mixed(path("a"))), 0);
    const Decoded all = decode_file(path("a"));
    size_t noisy_early = 0;
    size_t noisy_late = 0;
    size_t runaway_early = 0;
    size_t runaway_late = 0;
    for (size_t i = 0; i < all.spans.size(); ++i) {
        const bool is_late = i >= all.spans.size() / 2;
        const auto& names = all.dimensions[i];
        const bool noisy = names[static_cast<size_t>(Dimension::kDomain)] == "relay.flood.example";
        const bool runaway =
            names[static_cast<size_t>(Dimension::kVirtualKey)] == "vk-nightly-import";
        (is_late ? noisy_late : noisy_early) += noisy ? 1 : 0;
        (is_late ? runaway_late : runaway_early) += runaway ? 1 : 0;
    }
    EXPECT_GT(noisy_early, 0U);
    EXPECT_GT(noisy_late, 2 * noisy_early);
    EXPECT_EQ(runaway_early, 0U);
    EXPECT_GT(runaway_late, 100U);
}

TEST_F(FeedTest, SpreadsTimesFromTheStartOverTheDuration) {
    FeedOptions options = mixed(path("a"));
    options.scenario = "bench";
    options.spans = 1'000;
    options.duration = "10m";
    ASSERT_EQ(feed_command(options), 0);
    const Decoded all = decode_file(path("a"));
    const int64_t start_ms = 1795179600000;  // 2026-11-20T13:00:00Z
    EXPECT_EQ(all.spans.front().time_ms, start_ms);
    EXPECT_EQ(all.spans.back().time_ms, start_ms + 600'000 * 999 / 1'000);
}

TEST_F(FeedTest, BenchChargesAsManyAccountsAsItWasTold) {
    FeedOptions options = mixed(path("a"));
    options.scenario = "bench";
    options.spans = 20'000;
    options.accounts = 500;
    options.spans_per_record = 7;
    ASSERT_EQ(feed_command(options), 0);
    const Decoded all = decode_file(path("a"));
    EXPECT_EQ(all.records, (20'000U + 6) / 7);
    std::set<std::pair<size_t, std::string>> accounts;
    std::set<decltype(identity(Span()))> ids;
    for (size_t i = 0; i < all.spans.size(); ++i) {
        ids.insert(identity(all.spans[i]));
        EXPECT_TRUE(all.spans[i].cost.has_value());
        for (size_t d = 0; d < kDimensionCount; ++d) {
            if (!all.dimensions[i][d].empty()) {
                accounts.emplace(d, all.dimensions[i][d]);
            }
        }
    }
    EXPECT_EQ(accounts.size(), 500U);
    EXPECT_EQ(ids.size(), 20'000U);
}

TEST_F(FeedTest, FromCsvTakesColumnsAndConstants) {
    const std::string csv = file("in.csv",
                                 "when,tokens,out,\"who, exactly\",cost\n"
                                 "2023-11-16 18:17:03.9799600,4808,10,\"Acme, Inc.\",0.5\n"
                                 "\n"
                                 "2023-11-16 18:17:04.0319600,3180.0,,globex,\n");
    FeedOptions options;
    options.csv = csv;
    options.to = "file:" + path("out");
    options.quiet = true;
    options.maps = {"time_ms=when",
                    "usage.input_tokens=tokens",
                    "usage.output_tokens=3",
                    "customer=who, exactly",
                    "cost_usd=cost",
                    "service==code",
                    "model==gpt=4"};
    ASSERT_EQ(feed_command(options), 0);
    const Decoded all = decode_file(path("out"));
    ASSERT_EQ(all.spans.size(), 2U);
    EXPECT_EQ(all.spans[0].time_ms, 1700158623979);
    EXPECT_EQ(all.spans[1].time_ms, 1700158624031);
    EXPECT_EQ(all.dimensions[0][static_cast<size_t>(Dimension::kCustomer)], "Acme, Inc.");
    EXPECT_EQ(all.dimensions[1][static_cast<size_t>(Dimension::kService)], "code");
    EXPECT_EQ(all.dimensions[1][static_cast<size_t>(Dimension::kModel)], "gpt=4");
    EXPECT_EQ(all.spans[0].cost, Money::from_pico(kPicoPerUsd / 2));
    EXPECT_EQ(all.spans[1].cost, std::nullopt);
    EXPECT_EQ(all.usage,
              (std::map<std::string, uint64_t>{{"input_tokens", 7988}, {"output_tokens", 10}}));
    EXPECT_EQ(all.spans[1].usage_count, 1U);  // an empty cell is absent
}

TEST_F(FeedTest, FromCsvGivesEveryRowItsOwnIdAndTheSameOneAgain) {
    const std::string csv = file("in.csv", "t\n1700158623979\n1700158623979\n1700158623980\n");
    FeedOptions options;
    options.csv = csv;
    options.maps = {"time_ms=t", "service==a"};
    options.quiet = true;
    options.to = "file:" + path("out");
    ASSERT_EQ(feed_command(options), 0);
    const Decoded first = decode_file(path("out"));
    const std::string bytes = content(path("out"));
    ASSERT_EQ(feed_command(options), 0);
    EXPECT_EQ(content(path("out")), bytes);
    std::set<decltype(identity(Span()))> ids;
    for (const Span& span : first.spans) {
        EXPECT_TRUE(span.has_identity());
        ids.insert(identity(span));
    }
    EXPECT_EQ(ids.size(), 3U);
}

struct WrongMap {
    std::vector<std::string> maps;
    std::string says;
};

TEST_F(FeedTest, SaysWhatIsWrongWithAMapping) {
    const std::string csv = file("in.csv", "TIMESTAMP,ContextTokens\n1700158623979,5\n");
    const std::vector<WrongMap> table{
        {{"time_ms"}, "write field=column or field==constant"},
        {{"time_ms="}, "write field=column"},
        {{"tim_ms=TIMESTAMP"}, "did you mean \"time_ms\"?"},
        {{"time_ms=TIMESTAMPS", "service==a"}, "did you mean \"TIMESTAMP\"?"},
        {{"time_ms=3", "service==a"}, "the file has no such column"},
        {{"time_ms=0", "service==a"}, "the file has no such column"},
        {{"service==a"}, "no --map for time_ms"},
        {{"time_ms=TIMESTAMP"}, "whom to charge"},
        {{"time_ms=TIMESTAMP", "service==a", "service==b"}, "given twice"},
        {{"time_ms=TIMESTAMP", "service==a", "usage.tokens=2"}, "no usage meter"},
        {{"time_ms=TIMESTAMP", "service==a", "status==bad"}, "must be unset, ok or error"},
        {{"time_ms=TIMESTAMP", "service==a", "usage.x==1.5"}, "must be a whole number"},
        {{"time_ms=TIMESTAMP", "service==a", "span_id=2"}, "an identity needs both"},
    };
    for (const WrongMap& row : table) {
        const auto feed = CsvFeed::open({.path = csv, .maps = row.maps});
        ASSERT_FALSE(feed.has_value()) << row.says;
        EXPECT_EQ(feed.error().kind, ErrorKind::kUsage) << row.says;
        EXPECT_NE(feed.error().message.find(row.says), std::string::npos) << feed.error().message;
    }
}

TEST_F(FeedTest, SaysWhichLineOfACsvIsWrongAndKeepsTheRowsBefore) {
    struct Row {
        std::string text;
        std::string says;
    };
    const std::vector<Row> table{
        {"yesterday,5\n", ":3: column TIME holds 'yesterday', but time_ms must be a time"},
        {"1700158623,5\n", ":3: column TIME holds '1700158623', but time_ms must be a time"},
        {"1700158623979,-5\n", ":3: column 2 holds '-5', but usage.x must be a whole number"},
        {"1700158623979\n", ":3: 1 fields, but the first row has 2"},
        {"1700158623979,5\"\n", ":3: a quote stands inside a field"},
    };
    for (const Row& row : table) {
        const std::string csv = file("in.csv", "TIME,Tokens\n1700158623979,1\n" + row.text);
        const auto feed =
            CsvFeed::open({.path = csv, .maps = {"time_ms=TIME", "usage.x=2", "service==a"}});
        ASSERT_TRUE(feed.has_value()) << feed.error().message;
        FeedBatch batch;
        const Result<void> filled = (*feed)->fill(100, batch);
        ASSERT_FALSE(filled.has_value()) << row.says;
        EXPECT_EQ(filled.error().kind, ErrorKind::kInput);
        EXPECT_TRUE(filled.error().message.starts_with(csv + row.says)) << filled.error().message;
        EXPECT_EQ(batch.spans.size(), 1U);
    }
}

TEST_F(FeedTest, RefusesOptionsThatContradict) {
    const auto code = [&](auto change) {
        FeedOptions options = mixed(path("a"));
        options.spans = 10;
        change(options);
        return feed_command(options);
    };
    EXPECT_EQ(code([](FeedOptions&) {}), 0);
    EXPECT_EQ(code([](FeedOptions& o) { o.scenario = "mixd"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.scenario.clear(); }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.csv = "x.csv"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.maps = {"a=b"}; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.format = "xml"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.start = "soon"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.duration = "an hour"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.live = true; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.spans = 0; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.spans_per_record = 0; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.rate = 1, o.speed = 1; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.zipf = -1; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.to = "ftp://x"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.to = "kafka:localhost"; }), 64);
    EXPECT_EQ(code([](FeedOptions& o) { o.to = "file:/nonexistent/directory/f"; }), 74);
    EXPECT_EQ(code([](FeedOptions& o) { o.to = "http://127.0.0.1:1"; }), 69);
}

// Input of the wild: tokens of an LLM service, from the Azure public dataset.
TEST_F(FeedTest, FromTheAzureTraceSumsUpToItsTokens) {
    const char* const data = std::getenv("SPANTOLL_AZURE_CSV");
    const std::string csv = data != nullptr ? data : SPANTOLL_AZURE_CSV;
    if (!fs::exists(csv)) {
        GTEST_SKIP() << "SKIPPED: " << csv << " is absent; set SPANTOLL_AZURE_CSV to where it is";
    }
    FeedOptions options;
    options.csv = csv;
    options.to = "file:" + path("out");
    options.quiet = true;
    options.maps = {"time_ms=TIMESTAMP",
                    "usage.input_tokens=ContextTokens",
                    "usage.output_tokens=GeneratedTokens",
                    "service==code",
                    "model==gpt-4",
                    "provider==openai"};
    ASSERT_EQ(feed_command(options), 0);
    const Decoded all = decode_file(path("out"));
    EXPECT_EQ(all.spans.size(), 8'819U);
    EXPECT_EQ(all.usage,
              (std::map<std::string, uint64_t>{{"input_tokens", 18'059'974},
                                               {"output_tokens", 245'896}}));
}

// A target that can do nothing, as a broker that is gone.
class BrokenTarget final : public FeedTarget {
  public:
    Framing framing(FeedFormat /*format*/) const override { return Framing::kNone; }
    Result<void> send(const FeedRecord& record) override {
        if (records_++ == 3) {
            return failure(ErrorKind::kUnavailable, "gone");
        }
        keys_.emplace_back(record.key);
        return {};
    }
    Result<void> finish() override {
        ++finished_;
        return failure(ErrorKind::kUnavailable, "gone for good");
    }
    size_t records_ = 0;
    size_t finished_ = 0;
    std::vector<std::string> keys_;
};

TEST(FeedRun, EndsWhereTheTargetFailsAndSaysWhatWasSent) {
    ScenarioFeed feed(make_scenario("bench", {.accounts = 5}),
                      {.spans = 1'000, .start_ms = 1795179600000, .duration_ms = 1'000});
    BrokenTarget target;
    FeedSummary summary;
    FeedRunOptions options;
    options.spans_per_record = 10;
    const Result<void> result = run_feed(feed, target, options, summary);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().message, "gone");
    EXPECT_EQ(summary.spans, 30U);
    EXPECT_EQ(summary.records, 3U);
    EXPECT_EQ(target.finished_, 1U);
    EXPECT_EQ(target.keys_.at(0), "service-00001");
}

}  // namespace
}  // namespace spantoll::tools
