// What a [[limit]] says of its accounts beyond their kind, what it leaves out, and what a check
// does when it is not sure.
#include <gtest/gtest.h>

#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kLimits = R"(
[check]
max_lag = "90s"
unpriced = "allow"
[accounts]
kinds = { "z.z" = ["domain", "activity"] }
[[limit]]
name = "chosen"
kind = "z.z"
where = { domain = "a.*", activity = "Cre%2Aate" }
meter = "requests"
count_failed = false
amount = 7
overrides = { "z.z:a.org,Cre*ate" = 5, "z.z:a.net,Like" = 0 }
window = "day"
judge = "total"
steps = [[100, "block"]]
on_lag = "refuse"
on_cold = "refuse"
[[limit]]
name = "plain"
kind = "all"
meter = "usd"
amount = "1"
overrides = { "global" = "0.5" }
window = "rolling 24h"
judge = "ema"
)";

TEST(LimitAccounts, AreReadAndSorted) {
    const Result<Settings> read = parse_configuration(kLimits, "spantoll.toml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->check.max_lag_ms, 90'000);
    EXPECT_EQ(read->check.unpriced, Unsure::kAllow);
    const Limit& chosen = read->limits.at(0);
    EXPECT_EQ(chosen.where,
              (std::vector<ValuePattern>{{Dimension::kDomain, "a.", true},
                                         {Dimension::kActivity, "Cre*ate", false}}));
    EXPECT_FALSE(chosen.count_failed);
    EXPECT_EQ(chosen.overrides,
              (std::vector<AmountOverride>{{"z.z:a.net,Like", 0}, {"z.z:a.org,Cre*ate", 5}}));
    EXPECT_EQ(chosen.on_lag, Unsure::kRefuse);
    EXPECT_EQ(chosen.on_cold, Unsure::kRefuse);
    const Limit& plain = read->limits.at(1);
    EXPECT_TRUE(plain.where.empty());
    EXPECT_TRUE(plain.count_failed);
    EXPECT_EQ(plain.overrides, (std::vector<AmountOverride>{{"global", 500'000'000'000}}));
    EXPECT_EQ(plain.on_lag, Unsure::kAllow);
    EXPECT_EQ(plain.on_cold, Unsure::kAllow);
}

TEST(LimitAccounts, ArePrintedAsTheyAreRead) {
    const Result<Settings> read = parse_configuration(kLimits, "spantoll.toml");
    ASSERT_TRUE(read) << read.error().message;
    const std::string printed = print_configuration(*read);
    const Result<Settings> again = parse_configuration(printed, "spantoll.toml");
    ASSERT_TRUE(again) << again.error().message << "\n" << printed;
    EXPECT_EQ(*again, *read) << printed;
}

}  // namespace
}  // namespace spantoll::tools
