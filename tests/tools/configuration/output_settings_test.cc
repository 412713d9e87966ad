// How far outputs may lag ([stdout] and [kafka] may_lag), and how what cannot be seen is printed.
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/store/temporary_directory.h"
#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

Settings settings_of(std::string_view toml) {
    const store::TemporaryDirectory directory;
    const std::string path = directory.path() + "/spantoll.toml";
    std::ofstream(path) << toml << '\n';
    const Result<Settings> settings = read_configuration(path);
    EXPECT_TRUE(settings) << settings.error().message;
    return settings.value_or(Settings{});
}

constexpr std::string_view kBoth = R"(
[stdout]
may_lag = 7
[kafka]
brokers = "a:1"
topics = ["spans"]
may_lag = 100000
)";

TEST(OutputSettings, AnOutputMustHaveEverythingUnlessItIsToldToLag) {
    EXPECT_EQ(settings_of("").standard_output.may_lag, 0U);
    EXPECT_EQ(settings_of("").kafka.may_lag, 0U);
    const Settings both = settings_of(kBoth);
    EXPECT_EQ(both.standard_output.may_lag, 7U);
    EXPECT_EQ(both.kafka.may_lag, 100'000U);
}

TEST(OutputSettings, ArePrintedAsTheyAreRead) {
    const Settings both = settings_of(kBoth);
    EXPECT_EQ(settings_of(print_configuration(both)), both);
}

// Else a configuration that somebody sent could steer the terminal of who looks at it.
TEST(PrintedConfiguration, WhatCannotBeSeenIsPrintedAsItsCodePoint) {
    Settings settings;
    settings.data = "a\u202Eb\u009B\U000E0041c\"\\\n\u00E9";
    const std::string printed = print_configuration(settings);
    EXPECT_NE(printed.find(R"(data = "a\u202Eb\u009B\U000E0041c\"\\\u000A)"
                           "\u00E9\""),
              std::string::npos)
        << printed;
    const Result<Settings> again = parse_configuration(printed, "printed");
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->data, settings.data);
}

}  // namespace
}  // namespace spantoll::tools
