#include "tools/answers/metrics.h"

#include <gtest/gtest.h>

namespace spantoll::tools {
namespace {

TEST(MetricsText, WritesHelpAndTypeOnceAndThenTheSamples) {
    MetricsText text;
    text.counter("spantoll_spans_polled_total", "Spans read.")
        .sample(uint64_t{12}, {{"topic", "spans"}, {"partition", "0"}})
        .sample(uint64_t{18'446'744'073'709'551'615u}, {{"topic", "spans"}, {"partition", "1"}});
    text.gauge("spantoll_accounts", "Accounts in memory.").sample(int64_t{-3});

    EXPECT_EQ(text.take(),
              "# HELP spantoll_spans_polled_total Spans read.\n"
              "# TYPE spantoll_spans_polled_total counter\n"
              "spantoll_spans_polled_total{topic=\"spans\",partition=\"0\"} 12\n"
              "spantoll_spans_polled_total{topic=\"spans\",partition=\"1\"} 18446744073709551615\n"
              "# HELP spantoll_accounts Accounts in memory.\n"
              "# TYPE spantoll_accounts gauge\n"
              "spantoll_accounts -3\n");
}

TEST(MetricsText, EscapesLabelsAndHelp) {
    MetricsText text;
    text.gauge("g", "a \\ b\n\"c\"").sample(int64_t{1}, {{"l", "a \\ b\n\"c\""}});

    EXPECT_EQ(text.take(),
              "# HELP g a \\\\ b\\n\"c\"\n"
              "# TYPE g gauge\n"
              "g{l=\"a \\\\ b\\n\\\"c\\\"\"} 1\n");
}

TEST(MetricsText, WritesMillisecondsAsExactSeconds) {
    MetricsText text;
    text.gauge("lag_seconds", "h").sample_ms(1'700'000'000'007).sample_ms(-1).sample_ms(0);

    const std::string written = text.take();
    EXPECT_NE(written.find("lag_seconds 1700000000.007\nlag_seconds -0.001\nlag_seconds 0.000\n"),
              std::string::npos)
        << written;
}

TEST(MetricsText, RefusesNamesThatBreakTheConventions) {
    MetricsText text;
    EXPECT_DEATH(text.counter("spans", "h"), "ends in _total");
    EXPECT_DEATH(text.gauge("spans_total", "h"), "does not end in _total");
    EXPECT_DEATH(text.gauge("spans-now", "h"), "a metric's name");
    EXPECT_DEATH(text.sample(int64_t{1}), "belongs to a family");
}

TEST(MetricsText, RefusesAFamilyThatStandsTwice) {
    MetricsText text;
    text.gauge("g", "h").sample(int64_t{1});
    EXPECT_DEATH(text.gauge("g", "h"), "stands once");
}

}  // namespace
}  // namespace spantoll::tools
