#include "tools/configuration/configuration.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/account.h"

namespace spantoll::tools {
namespace {

const std::string kFile = "configuration_test.toml";

Result<Settings> read_text(const std::string& toml) {
    return parse_configuration(toml, kFile);
}

std::string file_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

TEST(Configuration, AnEmptyFileGivesTheDefaults) {
    const Result<Settings> settings = read_text("");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_EQ(*settings, Settings());
}

TEST(Configuration, AFileThatCannotBeReadIsNamed) {
    const Result<Settings> settings = read_configuration("no-such-file.toml");
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().kind, ErrorKind::kConfig);
    EXPECT_TRUE(settings.error().message.starts_with("no-such-file.toml: cannot be read"));
    EXPECT_FALSE(read_configuration("."));
}

TEST(Configuration, TheShippedFileHoldsTheDefaults) {
    Result<Settings> settings = read_configuration(SPANTOLL_ROOT "/spantoll.toml");
    ASSERT_TRUE(settings) << settings.error().message;
    EXPECT_FALSE(settings->prices.empty());
    EXPECT_EQ(settings->limits.size(), 4u);
    settings->prices.clear();
    settings->limits.clear();
    EXPECT_EQ(settings->keys.size(), 1u);
    settings->keys.clear();
    settings->accounts.kinds.clear();
    settings->accounts.parents.clear();
    EXPECT_EQ(*settings, Settings());
    EXPECT_TRUE(check_for_run(*settings));
}

TEST(Configuration, ThePageNamesEveryKeyThatIsPrinted) {
    const std::string page = file_text(SPANTOLL_ROOT "/docs/configuration.md");
    Settings settings = *read_configuration(SPANTOLL_ROOT "/spantoll.toml");
    settings.kafka.is_configured = true;
    settings.kafka.brokers = "localhost:9092";
    settings.kafka.topics = {"spans"};
    std::istringstream printed(print_configuration(settings));
    size_t keys = 0;
    for (std::string line; std::getline(printed, line);) {
        const size_t equals = line.find(" = ");
        if (line.starts_with('#') || line.starts_with('"') || equals == std::string::npos) {
            continue;
        }
        EXPECT_NE(page.find("`" + line.substr(0, equals) + "`"), std::string::npos) << line;
        ++keys;
    }
    EXPECT_GT(keys, 50u);
}

constexpr std::string_view kEverything = R"(
data = "with \"quotes\", \\ and \u0001"
listen = "[::1]:0"
format = "json"
periods = ["year", "month", "hour"]
[kafka]
brokers = "a:1,b:2"
topics = ["one", "two"]
decisions = "d"
dead_letters = "l"
group = "g"
[kafka.properties]
fetch.min.bytes = 1
"queued.min.messages" = "1000"
enable.ssl.certificate.verification = true
[time]
lateness = "250ms"
idle_after = "off"
future_tolerance = "0s"
dedup_horizon = "90m"
dedup_ids = 5
max_skew = "61s"
oldest = "2d"
[retention]
hour = "24h"
month = "400d"
year = "36500d"
decisions = "1d"
dead_letters_mb = 1
topic = "1ms"
topic_mb = 2
[http]
token = "s3cr\"et"
[accounts]
max_per_kind = 3
accept_credits = true
kinds = { "z.z" = ["domain", "activity"], endpoint = ["operation", "service"] }
[accounts.parents]
"mastodon.social" = ["team:a%2Fb", "global"]
"endpoint:%2Fusers%2F*,api" = ["team:a%2Fb"]
"service:~other" = ["team:strangers"]
[[price]]
provider = "p"
model = "m"
service = "s"
operation = "/users/17"
region = "r"
meter = "input_tokens"
usd = "0.000000000084"
per = 1000000000000000
[[price]]
meter = "duration_ms"
usd = "1000000"
[[limit]]
name = "A-1._"
account = "domain:~other"
meter = "egress_bytes"
amount = 9223372036854775807
window = "every 90m"
judge = "total"
steps = [[1, "warn"], [10000, "quarantine"]]
hysteresis = 0
ttl = "1m"
shadow = true
on_overflow = "refuse"
[[limit]]
name = "b"
kind = "all"
meter = "usd"
amount = "1000000000000"
window = "rolling 1d"
judge = "ema"
alpha = "100/100"
consecutive = 1440
action = "block"
[[limit]]
name = "c"
kind = "z.z"
meter = "my \"meter\""
amount = 0
window = "quarter"
judge = "total"
steps = [[100, "block"]]
[check]
unknown_keys = "refuse"
[[key]]
name = "search"
ids = ["vk1", "a4f0"]
sha256 = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
active = false
expires = "2027-01-01T01:00:00+01:00"
parents = ["team:a%2Fb", "global"]
owner = "on \"call\""
[[key]]
name = "Search"
)";

TEST(Configuration, EveryKeyIsRead) {
    const Result<Settings> read = read_text(std::string(kEverything));
    ASSERT_TRUE(read) << read.error().message;
    const Settings& settings = *read;
    EXPECT_EQ(settings.data, "with \"quotes\", \\ and \x01");
    EXPECT_EQ(settings.periods,
              (std::vector{WindowKind::kHour, WindowKind::kMonth, WindowKind::kYear}));
    EXPECT_EQ(settings.kafka.properties,
              (std::map<std::string, std::string>{{"enable.ssl.certificate.verification", "true"},
                                                  {"fetch.min.bytes", "1"},
                                                  {"queued.min.messages", "1000"}}));
    EXPECT_EQ(settings.time.lateness_ms, 250);
    EXPECT_EQ(settings.time.idle_after_ms, kIdleOff);
    EXPECT_EQ(settings.time.dedup_horizon_ms, 90 * kMinuteMs);
    EXPECT_EQ(settings.retention.quarter_ms, 400 * kDayMs);  // as month
    EXPECT_EQ(settings.retention.year_ms, 36'500 * kDayMs);
    EXPECT_EQ(settings.retention.week_ms, 90 * kDayMs);
    EXPECT_EQ(settings.http.token, "s3cr\"et");
    ASSERT_EQ(settings.accounts.kinds.size(), 2u);
    EXPECT_EQ(settings.accounts.kinds[0].name, "endpoint");
    EXPECT_EQ(settings.accounts.kinds[0].dimensions,
              (std::vector{Dimension::kOperation, Dimension::kService}));
    EXPECT_EQ(settings.accounts.parents.at("mastodon.social"),
              (std::vector<std::string>{"team:a%2Fb", "global"}));
    ASSERT_EQ(settings.prices.size(), 2u);
    EXPECT_EQ(settings.prices[0].usd.pico(), 84);
    EXPECT_EQ(settings.prices[0].match[static_cast<size_t>(Dimension::kOperation)], "/users/17");
    EXPECT_EQ(settings.prices[1].per, 1);
    EXPECT_EQ(settings.prices[1].match[static_cast<size_t>(Dimension::kModel)], std::nullopt);
}

TEST(Configuration, LimitsAreReadInTheirOrder) {
    const Result<Settings> read = read_text(std::string(kEverything));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->limits.size(), 3u);
    const Limit& total = read->limits[0];
    EXPECT_EQ(total.selection, Selection::kAccount);
    EXPECT_EQ(total.account, "domain:~other");
    EXPECT_EQ(total.meter.kind, MeterKind::kEgressBytes);
    EXPECT_EQ(total.amount, INT64_MAX);
    EXPECT_EQ(total.window, (WindowSpec{WindowKind::kEvery, 90}));
    EXPECT_EQ(total.steps, (std::vector<Step>{{1, Action::kWarn}, {10'000, Action::kQuarantine}}));
    EXPECT_EQ(total.hysteresis, 0);
    EXPECT_EQ(total.ttl_ms, kMinuteMs);
    EXPECT_TRUE(total.shadow);
    EXPECT_EQ(total.on_overflow, Unsure::kRefuse);
    const Limit& ema = read->limits[1];
    EXPECT_EQ(ema.on_overflow, Unsure::kAllow);
    EXPECT_EQ(ema.selection, Selection::kAll);
    EXPECT_EQ(ema.amount, kAmountMax);
    EXPECT_EQ(ema.window, (WindowSpec{WindowKind::kRolling, 1'440}));
    EXPECT_EQ(ema.judge, Judge::kEma);
    EXPECT_EQ(ema.alpha, (Alpha{100, 100}));
    EXPECT_EQ(ema.consecutive, 1'440);
    EXPECT_EQ(ema.action, Action::kBlock);
    EXPECT_EQ(ema.ttl_ms, kHourMs);
    const Limit& usage = read->limits[2];
    EXPECT_EQ(usage.selection, Selection::kKind);
    EXPECT_EQ(usage.kind, "z.z");
    EXPECT_EQ(usage.meter.usage, "my \"meter\"");
    EXPECT_EQ(usage.hysteresis, 5);
}

TEST(Configuration, KeysAreReadByName) {
    const Result<Settings> read = read_text(std::string(kEverything));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->check.unknown_keys, Unsure::kRefuse);
    ASSERT_EQ(read->keys.size(), 2u);
    EXPECT_EQ(read->keys[0], (VirtualKey{"Search", {}, {}, true, std::nullopt, {}, "", false}));
    EXPECT_EQ(read->keys[1],
              (VirtualKey{"search",
                          {"vk1", "a4f0"},
                          {"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
                          false,
                          1'798'761'600'000,
                          {"team:a%2Fb", "global"},
                          "on \"call\"",
                          false}));
}

TEST(Configuration, WhatIsPrintedIsReadBackEqual) {
    for (const std::string& toml :
         {std::string(), std::string(kEverything), file_text(SPANTOLL_ROOT "/spantoll.toml")}) {
        const Result<Settings> settings = read_text(toml);
        ASSERT_TRUE(settings) << settings.error().message;
        const std::string printed = print_configuration(*settings);
        const Result<Settings> again = read_text(printed);
        ASSERT_TRUE(again) << again.error().message << "\n" << printed;
        Settings shown = *settings;
        shown.http.token.clear();
        EXPECT_EQ(*again, shown) << printed;
    }
}

TEST(Configuration, SecretsAreNotPrinted) {
    Settings settings;
    settings.http.token = "token-of-mine";
    settings.kafka.is_configured = true;
    settings.kafka.properties = {{"sasl.password", "word-of-mine"},
                                 {"sasl.username", "name-of-mine"},
                                 {"ssl.key.pem", "key-of-mine"}};
    const std::string printed = print_configuration(settings);
    for (const char* secret : {"token-of-mine", "word-of-mine", "key-of-mine"}) {
        EXPECT_EQ(printed.find(secret), std::string::npos) << printed;
    }
    for (const char* shown : {"token is set", "sasl.password is set", "name-of-mine"}) {
        EXPECT_NE(printed.find(shown), std::string::npos) << printed;
    }
}

TEST(Configuration, RunNeedsATokenBeyondLoopback) {
    Settings settings;
    EXPECT_TRUE(check_for_run(settings));
    settings.listen = "0.0.0.0:8620";
    ASSERT_FALSE(check_for_run(settings));
    EXPECT_EQ(check_for_run(settings).error().kind, ErrorKind::kConfig);
    settings.http.token = "secret";
    EXPECT_TRUE(check_for_run(settings));
}

TEST(Configuration, RunNeedsBrokersAndTopicsOfKafka) {
    Result<Settings> settings = read_text("[kafka]\ngroup = \"g\"\n");
    ASSERT_TRUE(settings) << settings.error().message;  // the command line may still name them
    EXPECT_FALSE(check_for_run(*settings));
    settings->kafka.brokers = "localhost:9092";
    EXPECT_FALSE(check_for_run(*settings));
    settings->kafka.topics = {"spans"};
    EXPECT_TRUE(check_for_run(*settings));
}

std::string many(size_t count, std::string_view line) {
    std::string text;
    for (size_t i = 0; i < count; ++i) {
        text += fmt::format(fmt::runtime(line), fmt::arg("i", i), fmt::arg("next", i + 1));
    }
    return text;
}

TEST(Configuration, EverythingThatMayStandManyTimesIsBounded) {
    const std::string price = "[[price]]\nmeter = \"a\"\nusd = \"1\"\n";
    EXPECT_TRUE(read_text(many(kPricesMax, price)));
    EXPECT_FALSE(read_text(many(kPricesMax + 1, price)));
    const std::string limit =
        "[[limit]]\nname = \"l{i}\"\nkind = \"team\"\nmeter = \"usd\"\namount = \"1\"\n"
        "window = \"day\"\njudge = \"total\"\nsteps = [[100, \"block\"]]\n";
    EXPECT_TRUE(read_text(many(kLimitsMax, limit)));
    EXPECT_FALSE(read_text(many(kLimitsMax + 1, limit)));
    const std::string kind = "k{i} = [\"team\", \"user\"]\n";
    EXPECT_TRUE(read_text("[accounts.kinds]\n" + many(kKindsMax - kBuiltInKindCount, kind)));
    EXPECT_FALSE(read_text("[accounts.kinds]\n" + many(kKindsMax - kBuiltInKindCount + 1, kind)));
}

// Each of these would use up the stack of whoever walks over it.
TEST(Configuration, DepthIsBoundedBeforeItIsParsed) {
    std::string parts = "a";
    for (int i = 0; i < 100'000; ++i) {
        parts += ".a";
    }
    std::string inline_tables = "a = ";
    for (int i = 0; i < 1'000; ++i) {
        inline_tables += "{ a = ";
    }
    for (const std::string& text : {parts + " = 1\n",
                                    "[" + parts + "]\n",
                                    "[[" + parts + "]]\n",
                                    "x = { " + parts + " = 1 }\n",
                                    "x = " + std::string(100'000, '[') + "\n",
                                    inline_tables}) {
        const Result<Settings> settings = parse_configuration("# first\n" + text, "f.toml");
        ASSERT_FALSE(settings.has_value());
        EXPECT_EQ(settings.error().kind, ErrorKind::kConfig);
        EXPECT_TRUE(settings.error().message.starts_with("f.toml:2: a key of over 64 parts"))
            << settings.error().message;
    }
}

TEST(Configuration, DotsAndBracketsInTextsAndCommentsAreNoDepth) {
    const std::string dots(200, '.');
    const std::string brackets(200, '[');
    const std::vector<std::string> values{
        "\"" + dots + brackets + "\"",
        "\"\"\"\n" + dots + "\\\"\"" + brackets + "\n\"\"\"",
        "'''" + brackets + "'\n" + dots + "'''",
        "'" + dots + "' # " + brackets + dots,
    };
    for (const std::string& value : values) {
        const Result<Settings> settings =
            parse_configuration("data = " + value + "\nlissten = 1\n", "f.toml");
        ASSERT_FALSE(settings.has_value());
        EXPECT_NE(settings.error().message.find("unknown key \"lissten\""), std::string::npos)
            << settings.error().message;
    }
}

// What librdkafka finds only of several together is still found before anything is made.
TEST(Configuration, PropertiesThatDoNotGoTogetherAreRefusedForRun) {
    const Result<Settings> settings = parse_configuration(
        "[kafka]\nbrokers = \"localhost:9\"\ntopics = [\"spans\"]\n"
        "[kafka.properties]\n\"security.protocol\" = \"sasl_plaintext\"\n"
        "\"sasl.mechanism\" = \"NONE\"\n",
        "f.toml");
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    const Result<void> checked = check_for_run(*settings);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().kind, ErrorKind::kConfig);
    EXPECT_TRUE(checked.error().message.starts_with("kafka: ")) << checked.error().message;
}

TEST(Configuration, AnAccountHas64AncestorsAtMost) {
    const std::string chain = "\"team:t{i}\" = [\"team:t{next}\"]\n";
    EXPECT_TRUE(read_text("[accounts.parents]\n" + many(64, chain)));
    EXPECT_FALSE(read_text("[accounts.parents]\n" + many(65, chain)));
    // Reached by many ways they count once.
    std::string lattice = "[accounts.parents]\n";
    for (int i = 0; i < 40; i += 2) {
        lattice += fmt::format("\"team:t{}\" = [\"team:t{}\", \"team:t{}\"]\n", i, i + 2, i + 3);
        lattice +=
            fmt::format("\"team:t{}\" = [\"team:t{}\", \"team:t{}\"]\n", i + 1, i + 2, i + 3);
    }
    EXPECT_TRUE(read_text(lattice));
}

}  // namespace
}  // namespace spantoll::tools
