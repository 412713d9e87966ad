#include "tools/feed/feed.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "feed_fixture.h"
#include "tools/feed/feed_run.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::tools {
namespace {

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
    ASSERT_EQ(all.spans.size(), 1'000U);
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

TEST(UsageScenario, ItsPricedSpansAreTheSameCallsWithTheirCost) {
    constexpr uint64_t kSpans = 500;
    const ScenarioOptions options{.accounts = 1'000};
    const ScenarioSchedule schedule{.spans = kSpans, .start_ms = 0, .duration_ms = 60'000};
    ScenarioFeed usage_feed(make_scenario("usage", options), schedule);
    ScenarioFeed priced_feed(make_scenario("usage-priced", options), schedule);
    FeedBatch usage;
    FeedBatch priced;
    ASSERT_TRUE(usage_feed.fill(kSpans, usage));
    ASSERT_TRUE(priced_feed.fill(kSpans, priced));
    ASSERT_EQ(usage.spans.size(), kSpans);
    ASSERT_EQ(priced.spans.size(), kSpans);
    EXPECT_EQ(usage.usages.size(), 3 * kSpans);
    EXPECT_TRUE(priced.usages.empty());
    for (size_t i = 0; i < kSpans; ++i) {
        const Span& span = usage.spans[i].span;
        EXPECT_FALSE(span.cost.has_value());
        EXPECT_EQ(span.dimensions, priced.spans[i].span.dimensions);
        EXPECT_EQ(identity(span), identity(priced.spans[i].span));
        const std::string model(span.dimension(Dimension::kModel));
        const int64_t number = std::stoll(model.substr(model.find('-') + 1));
        const auto quantity = [&](size_t meter) {
            return Int128{usage.usages[span.usage_begin + meter].quantity};
        };
        const Int128 cost =
            number * (10'000 * quantity(0) + 40'000 * quantity(1) + 1'000 * quantity(2));
        EXPECT_EQ(priced.spans[i].span.cost, Money::from_pico(cost)) << i;
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

// A target that can do nothing, as a broker that is gone.
class BrokenTarget final : public FeedTarget {
  public:
    Framing framing(Format /*format*/) const override { return Framing::kNone; }
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

// Ten rows, on every other line.
class LinesFeed final : public SpanFeed {
  public:
    Result<void> fill(size_t spans_max, FeedBatch& batch) override {
        for (; batch.spans.size() < spans_max && line_ < 20; line_ += 2) {
            batch.add().span.time_ms = 1795179600000;
        }
        return {};
    }
    std::optional<uint64_t> next_line() const override { return line_; }

  private:
    uint64_t line_ = 0;
};

// Takes four records, of which so many arrive.
class SlowTarget final : public FeedTarget {
  public:
    explicit SlowTarget(std::optional<uint64_t> arrived) : arrived_(arrived) {}
    Framing framing(Format /*format*/) const override { return Framing::kNone; }
    Result<void> send(const FeedRecord& /*record*/) override {
        return ++records_ > 4 ? failure(ErrorKind::kUnavailable, "gone") : Result<void>();
    }
    Result<void> finish() override { return {}; }
    std::optional<uint64_t> arrived_count() const override { return arrived_; }

  private:
    const std::optional<uint64_t> arrived_;
    size_t records_ = 0;
};

TEST(FeedRun, SaysTheFirstLineThatMayNotHaveArrived) {
    struct Case {
        std::optional<uint64_t> arrived;
        uint64_t line;
    };
    for (const Case& one : {Case{std::nullopt, 16}, Case{0, 0}, Case{3, 12}, Case{4, 16}}) {
        LinesFeed feed;
        SlowTarget target(one.arrived);
        FeedSummary summary;
        FeedRunOptions options;
        options.spans_per_record = 2;
        EXPECT_FALSE(run_feed(feed, target, options, summary).has_value());
        EXPECT_EQ(summary.next_line, one.line) << one.arrived.value_or(99);
    }
}

}  // namespace
}  // namespace spantoll::tools
