#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/store/temporary_directory.h"
#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kLimit = R"([[limit]]
name = "day"
kind = "team"
meter = "usd"
amount = "5"
window = "day"
judge = "total"
steps = [[100, "block"]]
)";

Settings running() {
    Settings now;
    now.data = "there";
    now.listen = "127.0.0.1:1";
    now.periods = {WindowKind::kDay, WindowKind::kMonth};
    now.time.lateness_ms = 77;
    now.http.token = "secret";
    now.kafka.is_configured = true;
    now.kafka.brokers = "b:1";
    now.retention.day_ms = kDayMs;
    now.policy_from = PolicySource::kApi;
    return now;
}

TEST(PolicyChange, WhatCannotChangeIsKeptAndTheRestHasItsDefault) {
    const PolicyChange change = read_policy_change(kLimit, "config", running());
    ASSERT_TRUE(change.reasons.empty()) << change.reasons.front();
    Settings expected = running();
    expected.retention = {};
    expected.limits = parse_configuration(kLimit, "f")->limits;
    EXPECT_EQ(change.settings, expected);
}

TEST(PolicyChange, LimitsThatNameNoZoneAreOfTheZoneThatStays) {
    const std::string zone = "[time]\nzone = \"Europe/Berlin\"\n";
    const Result<Settings> file = parse_configuration(zone + std::string(kLimit), "f");
    ASSERT_TRUE(file) << file.error().message;
    const PolicyChange change = read_policy_change(kLimit, "config", *file);
    ASSERT_TRUE(change.reasons.empty()) << change.reasons.front();
    EXPECT_EQ(change.settings, *file);
}

TEST(PolicyChange, WhatCannotChangeMayBeSaidAsItIs) {
    const std::string same = "periods = [\"month\", \"day\"]\n[time]\nlateness = \"77ms\"\n";
    EXPECT_TRUE(read_policy_change(same, "config", running()).reasons.empty());
}

TEST(PolicyChange, EveryReasonIsTold) {
    const std::string wrong =
        "data = \"elsewhere\"\nperiods = [\"month\"]\n[time]\nlateness = \"1s\"\n";
    const std::vector<std::string> reasons = read_policy_change(wrong, "config", running()).reasons;
    ASSERT_EQ(reasons.size(), 3u);
    EXPECT_EQ(reasons[0],
              "config:1: data cannot change while spantoll runs: leave it out, or stop and start "
              "with it");
    EXPECT_TRUE(reasons[1].starts_with("config:2: periods cannot change")) << reasons[1];
    EXPECT_TRUE(reasons[2].starts_with("config:3: [time] cannot change")) << reasons[2];
    const std::vector<std::string> unknown =
        read_policy_change("colour = 1\nformta = 2\n[retention]\nday = 5\n", "config", running())
            .reasons;
    ASSERT_EQ(unknown.size(), 3u);
    EXPECT_TRUE(unknown[0].starts_with("config:1: unknown key \"colour\"")) << unknown[0];
    EXPECT_TRUE(unknown[1].starts_with("config:2: unknown key \"formta\"")) << unknown[1];
    EXPECT_TRUE(unknown[2].starts_with("config:4: [retention] day = 5")) << unknown[2];
}

TEST(PolicyChange, EveryReasonOfKeysIsToldBesideOthers) {
    const std::string wrong =
        "[[limit]]\nname = \"l\"\n"
        "[[key]]\nname = \"a\"\nids = [\"a\"]\n"
        "[[key]]\nname = \"b\"\nexpires = \"soon\"\n"
        "[[key]]\nname = \"c\"\nsha256 = [\"1\"]\n";
    const std::vector<std::string> reasons = read_policy_change(wrong, "config", running()).reasons;
    const auto is_told = [&](std::string_view begin) {
        return std::ranges::any_of(reasons,
                                   [&](const std::string& one) { return one.starts_with(begin); });
    };
    EXPECT_TRUE(is_told("config:1: [[limit]] l:"));
    EXPECT_TRUE(is_told("config:3: [[key]] a: id \"a\" is its name"));
    EXPECT_TRUE(is_told("config:8: [[key]] b: expires"));
    EXPECT_TRUE(is_told("config:9: [[key]] c: sha256"));
}

TEST(PolicyChange, WhatIsWrongInALimitIsToldBesideAnUnknownTable) {
    std::string wrong(kLimit);
    wrong.replace(wrong.find("\"day\"\njudge"), 5, "\"dya\"");
    const std::vector<std::string> reasons =
        read_policy_change("[colours]\nred = 1\n" + wrong, "config", running()).reasons;
    ASSERT_EQ(reasons.size(), 2u);
    EXPECT_TRUE(reasons[0].starts_with("config:1: unknown key \"colours\"")) << reasons[0];
    EXPECT_TRUE(reasons[1].starts_with("config:8: [[limit]] day: window = \"dya\"")) << reasons[1];
}

// A file that was cut off says it.
TEST(PolicyChange, APolicyThatSaysNothingIsRefused) {
    for (const std::string_view text : {"", "\n\n", "# only a remark\n"}) {
        const PolicyChange change = read_policy_change(text, "config", running());
        ASSERT_EQ(change.reasons.size(), 1u);
        EXPECT_EQ(change.reasons[0], "config: " + std::string(kEmptyPolicy));
    }
    EXPECT_TRUE(read_policy_change("[policy]\n", "config", running()).reasons.empty());
}

TEST(PolicyChange, AFileOfCommentsSaysNothing) {
    const store::TemporaryDirectory directory;
    const std::string path = directory.path() + "/spantoll.toml";
    for (const std::string_view text : {"", "\n", "# only a remark\n"}) {
        std::ofstream(path) << text;
        EXPECT_TRUE(says_nothing(path));
    }
    std::ofstream(path) << "[policy]\n";
    EXPECT_FALSE(says_nothing(path));
    EXPECT_FALSE(says_nothing(directory.path() + "/no-such-file"));
}

TEST(PolicyChange, KindsStay) {
    const std::vector<std::string> reasons =
        read_policy_change("[accounts.kinds]\npair = [\"team\", \"user\"]\n", "config", running())
            .reasons;
    ASSERT_EQ(reasons.size(), 1u);
    EXPECT_TRUE(reasons[0].starts_with("config: [accounts.kinds] cannot change")) << reasons[0];
}

TEST(PolicyChange, ThePrintedPolicyIsReadBackAndHoldsNoSecret) {
    const PolicyChange change = read_policy_change(kLimit, "config", running());
    const std::string printed = print_policy(change.settings);
    for (const char* hidden : {"secret", "there", "127.0.0.1", "b:1"}) {
        EXPECT_EQ(printed.find(hidden), std::string::npos) << printed;
    }
    const PolicyChange again = read_policy_change(printed, "config", running());
    ASSERT_TRUE(again.reasons.empty()) << again.reasons.front();
    EXPECT_EQ(again.settings, change.settings);
}

}  // namespace
}  // namespace spantoll::tools
