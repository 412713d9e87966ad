#include "tools/feed/feed_csv.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "feed_fixture.h"
#include "tools/feed/feed.h"

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
        {std::string(500, 'x') + ",5\n",
         ":3: column TIME holds '" + std::string(60, 'x') + "…', but"},
        {"1700158623979,M\xfcller\n", ":3: column 2 holds 'M\xfcller', which is no UTF-8"},
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

TEST_F(CsvFeedTest, SaysWhatATimeLooksLike) {
    const std::string csv = file("in.csv", "t\n1790812800\n");
    const auto feed = CsvFeed::open({.path = csv, .maps = {"time_ms=t", "service==a"}});
    FeedBatch batch;
    const Result<void> filled = (*feed)->fill(1, batch);
    ASSERT_FALSE(filled.has_value());
    EXPECT_NE(filled.error().message.find("looks like seconds since 1970"), std::string::npos)
        << filled.error().message;
}

// The spans of one file, fed in one way.
struct Feeding {
    std::string csv;
    std::vector<std::string> maps;
    std::string name = {};
};

std::set<decltype(identity(Span()))> identities(const Feeding& feeding) {
    const auto feed =
        CsvFeed::open({.path = feeding.csv, .maps = feeding.maps, .name = feeding.name});
    EXPECT_TRUE(feed.has_value()) << feed.error().message;
    FeedBatch batch;
    EXPECT_TRUE((*feed)->fill(100, batch).has_value());
    std::set<decltype(identity(Span()))> ids;
    for (const FeedSpan& span : batch.spans) {
        ids.insert(identity(span.span));
    }
    EXPECT_EQ(ids.size(), batch.spans.size());
    return ids;
}

size_t common(const Feeding& one, const Feeding& other) {
    const auto first = identities(one);
    const auto second = identities(other);
    return static_cast<size_t>(std::ranges::count_if(
        first, [&](const auto& identity) { return second.contains(identity); }));
}

TEST_F(CsvFeedTest, ARowIsAnotherSpanInAnotherFileOrByAnotherMapping) {
    const std::string text = "hour,a,b\n1700158623979,1,1\n1700158623979,1,1\n";
    const std::string csv = file("one.csv", text);
    const std::string same = file("two.csv", text);
    const Feeding team{csv, {"time_ms=hour", "cost_usd=a", "team==search"}};
    EXPECT_EQ(common(team, team), 2U);
    EXPECT_EQ(common(team, {same, team.maps}), 0U);
    EXPECT_EQ(common(team, {csv, {"time_ms=hour", "cost_usd=a", "team==ads"}}), 0U);
    EXPECT_EQ(common(team, {csv, {"time_ms=hour", "cost_usd=b", "team==search"}}), 0U);
    EXPECT_EQ(common(team, {csv, {"time_ms=hour", "cost_usd=a", "service==search"}}), 0U);
    // What is only written otherwise is the same.
    EXPECT_EQ(common(team, {csv, {"team==search", "cost_usd=2", "time_ms=1"}}), 2U);
    EXPECT_EQ(
        common(team,
               {directory_ + "/../" + directory_.substr(directory_.rfind('/') + 1) + "/one.csv",
                team.maps}),
        2U);
    EXPECT_EQ(common({csv, team.maps, "bill"}, {same, team.maps, "bill"}), 2U);
}

TEST_F(CsvFeedTest, ARowStaysItselfWhereOthersAreMended) {
    const std::string before = "t,c\n1700158623979,1\n1700158623979,$1\n1700158623979,3";
    const std::string csv = file("in.csv", before);
    const std::vector<std::string> maps{"time_ms=t", "team=c"};
    const auto first = identities({csv, maps});
    // One row mended, one put behind, and the last one has a line's end now.
    file("in.csv", "t,c\n1700158623979,1\n1700158623979,1\n1700158623979,3\n1700158623979,4\n");
    const auto second = identities({csv, maps});
    EXPECT_EQ(std::ranges::count_if(first, [&](const auto& id) { return second.contains(id); }), 2);
}

TEST_F(CsvFeedTest, NothingIsSentOfAFileWithABadRow) {
    const std::string csv = file("in.csv", "t,c\n1700158623979,1\n1700158623979,$1\n17,2\nx,3\n");
    FeedOptions options;
    options.csv = csv;
    options.maps = {"time_ms=t", "cost_usd=c", "service==a"};
    options.to = "file:" + path("out");
    options.quiet = true;
    testing::internal::CaptureStderr();
    EXPECT_EQ(feed_command(options), 65);
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find(csv + ":3: column c holds '$1'"), std::string::npos) << said;
    EXPECT_NE(said.find("2 more rows are bad, too; nothing was sent"), std::string::npos) << said;
    EXPECT_EQ(content(path("out")), "");
}

TEST_F(CsvFeedTest, GoesOnWithTheRowThatItIsToldTo) {
    const std::string csv = file("in.csv", "t\n1700158623971\n\n1700158623972\n1700158623973\n");
    const std::vector<std::string> maps{"time_ms=t", "service==a"};
    const auto all = identities({csv, maps});
    const auto feed = CsvFeed::open({.path = csv, .maps = maps, .from_line = 4});
    FeedBatch batch;
    ASSERT_TRUE((*feed)->fill(1, batch).has_value());
    ASSERT_EQ(batch.spans.size(), 1U);
    EXPECT_EQ(batch.spans[0].span.time_ms, 1700158623972);
    EXPECT_EQ((*feed)->next_line(), 5U);
    ASSERT_TRUE((*feed)->fill(10, batch).has_value());
    for (const FeedSpan& span : batch.spans) {
        EXPECT_TRUE(all.contains(identity(span.span)));
    }

    FeedOptions options;
    options.csv = csv;
    options.maps = maps;
    options.from_row = 4;
    options.to = "file:" + path("out");
    options.quiet = true;
    EXPECT_EQ(feed_command(options), 0);
    EXPECT_EQ(decode_file(path("out")).spans.size(), 2U);
    EXPECT_EQ(feed_command(options), 64);  // it would write over what came before
}

TEST_F(CsvFeedTest, NamesThatLookTheSameAreTheSame) {
    const std::string csv = file("in.csv",
                                 "\xef\xbb\xbf invoice,time ,cost\n"
                                 "\xef\xbb\xbfINV-1, 2026-10-01 00:00:00,1.5\n"
                                 "INV-1\u00a0,2026-10-01 00:01:00 , 2.5\n"
                                 "\"\u200bINV-1\",2026-10-01 00:02:00,1\n");
    const auto feed =
        CsvFeed::open({.path = csv, .maps = {"customer=invoice", "time_ms=time", "cost_usd=cost"}});
    ASSERT_TRUE(feed.has_value()) << feed.error().message;
    FeedBatch batch;
    const Result<void> filled = (*feed)->fill(10, batch);
    ASSERT_TRUE(filled.has_value()) << filled.error().message;
    ASSERT_EQ(batch.spans.size(), 3U);
    for (const FeedSpan& span : batch.spans) {
        EXPECT_EQ(span.span.dimension(Dimension::kCustomer), "INV-1");
    }
}

TEST_F(CsvFeedTest, CountsRowsWhoseCostIsEmpty) {
    const std::string csv =
        file("in.csv", "t,c,n\n1700158623971,1,1\n1700158623972,,1\n1700158623973, ,1\n");
    const std::vector<std::string> costs{"time_ms=t", "cost_usd=c", "service==a"};
    std::vector<std::string> usages = costs;
    usages.emplace_back("usage.x=n");
    for (const auto& [maps, says] :
         {std::pair(costs, "2 rows have an empty cost (the first on line 3): they cost nothing"),
          std::pair(usages, "2 rows have an empty cost (the first on line 3): they are priced")}) {
        const auto feed = CsvFeed::open({.path = csv, .maps = maps});
        FeedBatch batch;
        ASSERT_TRUE((*feed)->fill(10, batch).has_value());
        EXPECT_TRUE((*feed)->remark().starts_with(says)) << (*feed)->remark();
    }
    const auto feed =
        CsvFeed::open({.path = csv, .maps = {"time_ms=t", "cost_usd=n", "service==a"}});
    FeedBatch batch;
    ASSERT_TRUE((*feed)->fill(10, batch).has_value());
    EXPECT_EQ((*feed)->remark(), "");
}

TEST_F(CsvFeedTest, AColumnWhoseNameStandsTwiceIsNamedByItsNumber) {
    const std::string csv = file("in.csv", "time,cost,cost,service\n2026-10-01 00:00:00,1,2,vm\n");
    const auto by_name =
        CsvFeed::open({.path = csv, .maps = {"time_ms=time", "cost_usd=cost", "service=service"}});
    ASSERT_FALSE(by_name.has_value());
    EXPECT_EQ(by_name.error().kind, ErrorKind::kUsage);
    EXPECT_NE(by_name.error().message.find("columns 2 and 3 are both called 'cost'"),
              std::string::npos)
        << by_name.error().message;
    const auto by_number =
        CsvFeed::open({.path = csv, .maps = {"time_ms=time", "cost_usd=3", "service=service"}});
    ASSERT_TRUE(by_number.has_value());
    FeedBatch batch;
    ASSERT_TRUE((*by_number)->fill(10, batch).has_value());
    EXPECT_EQ(batch.spans[0].span.cost, Money::from_pico(2 * kPicoPerUsd));
}

TEST_F(CsvFeedTest, ANumberIsAColumnsNameBeforeItIsItsPlace) {
    const auto team_of = [&](const std::string& header, const std::string& column) {
        const std::string csv = file("in.csv", header + "\n2026-10-01 00:00:00,one,two\n");
        auto feed = CsvFeed::open({.path = csv, .maps = {"time_ms=1", "team=" + column}});
        FeedBatch batch;
        if (!feed || !(*feed)->fill(10, batch)) {
            return feed ? std::string("no row") : feed.error().message;
        }
        return std::string(batch.spans.at(0).span.dimension(Dimension::kTeam));
    };
    EXPECT_EQ(team_of("time,3,x", "3"), "one");
    EXPECT_EQ(team_of("time,a,x", "3"), "two");
    EXPECT_EQ(team_of("time,a,x", "4"),
              "--map team=4: the file has no such column, it has 3: write a name or 1 to 3");
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
