// A check is of the accounts that a span with these dimensions charges: both resolvers over random
// spans.
#include "tools/checks/check_names.h"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ingest/amend.h"
#include "tests/tools/engine/engine_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01

using Names = std::vector<std::string>;

constexpr std::string_view kKinds = R"(
[accounts]
kinds = { pair = ["team", "model"], triple = ["provider", "model", "user"], run = ["session", "team"] }
[accounts.parents]
"virtual_key:a" = ["team:a", "team:b"]
"team:a" = ["customer:x"]
"team:b" = ["customer:x", "global"]
"pair:a,m" = ["user:a"]
"a.example" = ["team:~invalid", "virtual_key:a"]
)";

// What is odd about names: their normal forms, escapes, and what is not one.
constexpr std::array<std::string_view, 16> kValues{"a",
                                                   "b",
                                                   "m",
                                                   "A.Example.",
                                                   "https://a.example:8/x",
                                                   "a.example",
                                                   "~x",
                                                   "a/b",
                                                   "openai/m",
                                                   "%41",
                                                   "x,y",
                                                   "\x01",
                                                   "\xff",
                                                   "#",
                                                   "bücher.example",
                                                   "a b"};

class CheckNamesTest : public testing::Test {
  protected:
    void start(std::string_view toml) {
        const Result<Settings> settings = rig_.read_settings(toml);
        ASSERT_TRUE(settings) << settings.error().message;
        ASSERT_TRUE(rig_.start(*settings));
        resolver_ = std::make_unique<AccountResolver>(
            rig_.engine().kinds(), rig_.engine().keys(), rig_.engine().ledger(), 1000);
    }
    Names charged(const Span& span) {
        window::Charge charge;
        charge.time_ms = kStartMs;
        resolver_->announce(span, place_);
        resolver_->fetch(place_);
        resolver_->prepare(place_);
        Names names;
        for (const window::AccountIndex account : resolver_->resolve(span, charge, place_++)) {
            names.emplace_back(rig_.engine().ledger().text(account));
        }
        return names;
    }
    Names checked(const Span& span, const CheckNames::IsBeyond& is_beyond = {}) {
        return rig_.checks().read([&](CheckBoard::State& state) {
            std::vector<const CheckName*> accounts;
            std::vector<const CheckName*> beyond;
            state.rules->names().resolve(span, is_beyond, accounts, beyond);
            Names names;
            for (const CheckName* const account : accounts) {
                names.push_back(account->account);
            }
            return names;
        });
    }
    Span random_span() {
        Span span;
        span.time_ms = kStartMs;
        for (std::string_view& dimension : span.dimensions) {
            if (random_() % 2 == 0) {
                dimension = kValues[random_() % kValues.size()];
            }
        }
        ingest::split_model(span.dimensions[static_cast<size_t>(Dimension::kProvider)],
                            span.dimensions[static_cast<size_t>(Dimension::kModel)]);
        return span;
    }

    EngineRig rig_;
    std::unique_ptr<AccountResolver> resolver_;
    size_t place_ = 0;
    std::mt19937_64 random_{16};
};

TEST_F(CheckNamesTest, AreThoseThatASpanCharges) {
    start(kKinds);
    for (int i = 0; i < 20'000; ++i) {
        const Span span = random_span();
        ASSERT_EQ(checked(span), charged(span)) << i;
    }
}

TEST_F(CheckNamesTest, BeyondTheCapAreThoseThatASpanChargesThen) {
    start(std::string("[accounts]\nmax_per_kind = 2\n") + std::string(kKinds.substr(12)));
    for (int i = 0; i < 5'000; ++i) {
        const Span span = random_span();
        const window::Ledger& ledger = rig_.engine().ledger();
        const Names charged_now = charged(span);
        // Whoever had no place then has none now: nothing leaves without a closing, and what this
        // span itself brought is there.
        const Names checked_now = checked(span, [&](const CheckName& name) {
            return !is_stranger(name.account) && ledger.find(name.account) == window::kNoAccount;
        });
        ASSERT_EQ(checked_now, charged_now) << i;
    }
}

}  // namespace
}  // namespace spantoll::tools
