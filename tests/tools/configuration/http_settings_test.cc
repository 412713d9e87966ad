#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tools/configuration/configuration.h"
#include "tools/configuration/token.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kTokens = R"(
[http]
open_commands = true
[http.tls]
certificate = "c.pem"
key = "k.pem"
client_ca = "ca.pem"
[[http.token]]
name = "acme"
sha256 = "00000000000000000000000000000000000000000000000000000000000000AF"
may = ["check", "spans"]
accounts = ["customer:acme", "team:a%2Fb"]
set = { team = "a/b", customer = "acme" }
[[http.token]]
name = "ops"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
may = ["spans", "check", "hold", "read", "command"]
)";

TEST(HttpSettings, TokensAreKnownByTheirHashes) {
    const Result<Settings> read = parse_configuration(kTokens, "test.toml");
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->http.tokens.size(), 2u);
    const HttpToken& acme = read->http.tokens[0];
    EXPECT_EQ(acme.name, "acme");
    EXPECT_EQ(acme.sha256.back(), 0xAF);
    EXPECT_TRUE(acme.may.has(Right::kSpans));
    EXPECT_FALSE(acme.may.has(Right::kRead));
    EXPECT_EQ(acme.accounts, (std::vector<std::string>{"customer:acme", "team:a%2Fb"}));
    EXPECT_EQ(
        acme.set,
        (std::vector<DimensionValue>{{Dimension::kTeam, "a/b"}, {Dimension::kCustomer, "acme"}}));
    EXPECT_EQ(read->http.tokens[1].sha256, sha256_of("abc"));
    EXPECT_EQ(read->http.tokens[1].may, Rights::all());
}

TEST(HttpSettings, ArePrintedSoThatTheyAreReadBackEqual) {
    const Result<Settings> read = parse_configuration(kTokens, "test.toml");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->http.tls, (TlsSettings{"c.pem", "k.pem", "ca.pem"}));
    const std::string printed = print_configuration(*read);
    const Result<Settings> again = parse_configuration(printed, "printed.toml");
    ASSERT_TRUE(again) << again.error().message << printed;
    EXPECT_EQ(*again, *read) << printed;
}

TEST(HttpSettings, NoMessageShowsWhatMayBeASecret) {
    for (const char* text : {"[http]\ntoken = \"hunter2 \"",
                             "[http]\ntoken = [\"hunter2\"]",
                             "[[http.token]]\nname = \"a\"\nmay = [\"read\"]\n"
                             "sha256 = \"hunter2\""}) {
        const Result<Settings> read = parse_configuration(text, "test.toml");
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().message.find("hunter2"), std::string::npos) << read.error().message;
    }
}

}  // namespace
}  // namespace spantoll::tools
