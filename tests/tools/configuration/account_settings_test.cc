#include <string>

#include <gtest/gtest.h>

#include "tools/configuration/configuration.h"

namespace spantoll::tools {
namespace {

Settings settings_of(const std::string& toml) {
    const Result<Settings> read = parse_configuration(toml, "t.toml");
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(Settings{});
}

TEST(AccountSettings, SplitModelsAndForgetSessionsByThemselves) {
    const Settings settings = settings_of("");
    EXPECT_TRUE(settings.accounts.split_model);
    EXPECT_TRUE(settings.accounts.short_lived.empty());
    EXPECT_EQ(settings.time.future, FutureRule::kClamp);
}

TEST(AccountSettings, MayBeOtherwise) {
    const Settings settings = settings_of(
        "[time]\nfuture = \"refuse\"\n[accounts]\nsplit_model = false\n"
        "short_lived = [\"z.z\", \"team\"]\nkinds = { \"z.z\" = [\"domain\"] }\n");
    EXPECT_FALSE(settings.accounts.split_model);
    EXPECT_EQ(settings.accounts.short_lived, (std::vector<std::string>{"z.z", "team"}));
    EXPECT_EQ(settings.time.future, FutureRule::kRefuse);
    EXPECT_EQ(settings_of(print_configuration(settings)), settings);
}

TEST(AccountSettings, PricesNameModelsAsSpansDo) {
    const std::string price =
        "[[price]]\nmodel = \"az.ai.openai/gpt-4o\"\nmeter = \"m\"\nusd = \"1\"\n";
    const Settings split = settings_of(price);
    const auto named = [](const Settings& settings, Dimension dimension) {
        return settings.prices.at(0).match[static_cast<size_t>(dimension)];
    };
    EXPECT_EQ(named(split, Dimension::kProvider), "azure");
    EXPECT_EQ(named(split, Dimension::kModel), "gpt-4o");
    EXPECT_EQ(settings_of(print_configuration(split)), split);
    const Settings whole = settings_of("[accounts]\nsplit_model = false\n" + price);
    EXPECT_EQ(named(whole, Dimension::kProvider), std::nullopt);
    EXPECT_EQ(named(whole, Dimension::kModel), "az.ai.openai/gpt-4o");
}

TEST(AccountSettings, AModelThatWasSplitIsNotSplitAgainWhereItIsPrinted) {
    const Settings split =
        settings_of("[[price]]\nmodel = \"openai/OpenAI/x\"\nmeter = \"m\"\nusd = \"1\"\n");
    EXPECT_EQ(split.prices.at(0).match[static_cast<size_t>(Dimension::kModel)], "OpenAI/x");
    EXPECT_EQ(settings_of(print_configuration(split)), split);
}

TEST(AccountSettings, SessionsAndWhatIsMadeOfThemAreShortLived) {
    const Settings settings = settings_of(
        "[accounts]\nshort_lived = [\"team\"]\n"
        "kinds = { pair = [\"team\", \"model\"], run = [\"model\", \"session\"], who = "
        "[\"end_user\"] }\n");
    const AccountKinds kinds(settings.accounts.kinds, settings.accounts.short_lived);
    EXPECT_EQ(kinds.short_lived_names(),
              (std::vector<std::string>{"team", "session", "end_user", "run", "who"}));
}

}  // namespace
}  // namespace spantoll::tools
