#include "tools/feed_csv.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "feed_fixture.h"
#include "tools/feed.h"

namespace spantoll::tools {
namespace {

using CsvFeedTest = FeedTest;

TEST_F(CsvFeedTest, FromCsvTakesColumnsAndConstants) {
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

TEST_F(CsvFeedTest, FromCsvGivesEveryRowItsOwnIdAndTheSameOneAgain) {
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

TEST_F(CsvFeedTest, SaysWhatIsWrongWithAMapping) {
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

TEST_F(CsvFeedTest, SaysWhichLineOfACsvIsWrongAndKeepsTheRowsBefore) {
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

// Input of the wild: tokens of an LLM service, from the Azure public dataset.
TEST_F(CsvFeedTest, FromTheAzureTraceSumsUpToItsTokens) {
    const char* const data = std::getenv("SPANTOLL_AZURE_CSV");
    const std::string csv = data != nullptr ? data : SPANTOLL_AZURE_CSV;
    if (!std::filesystem::exists(csv)) {
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

}  // namespace
}  // namespace spantoll::tools
