// Which accounts a span charges, over the ledger of a real engine. The tables in
// tests/tables/semantics/charged_accounts.txt say it in whole spans; here is what they do not see:
// the names that are remembered, and the places that are announced ahead.
#include "tools/engine/account_resolver.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/ancestors.h"
#include "tests/tools/engine/engine_rig.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kStartMs = 1'772'323'200'000;  // 2026-03-01
constexpr size_t kNamesMax = 4;

using Names = std::vector<std::string>;

class AccountResolverTest : public testing::Test {
  protected:
    void start(std::string_view toml) {
        const Result<Settings> settings = rig_.read_settings(toml);
        ASSERT_TRUE(settings) << settings.error().message;
        ASSERT_TRUE(rig_.start(*settings));
        resolver_ = std::make_unique<AccountResolver>(
            rig_.engine().kinds(), rig_.engine().keys(), rig_.engine().ledger(), kNamesMax);
    }
    static Span span(const std::vector<std::pair<Dimension, std::string_view>>& dimensions) {
        Span span;
        span.time_ms = kStartMs;
        for (const auto& [dimension, text] : dimensions) {
            span.dimensions[static_cast<size_t>(dimension)] = text;
        }
        return span;
    }
    // As the engine does it, of one span alone.
    Names accounts_of(const Span& span) {
        resolver_->announce(span, place_);
        resolver_->fetch(place_);
        resolver_->prepare(place_);
        return names(resolver_->resolve(span, charge(), place_++));
    }
    static window::Charge charge() {
        window::Charge charge;
        charge.time_ms = kStartMs;
        charge.requests = 1;
        charge.cost = Money::from_pico(1);
        return charge;
    }
    Names names(const std::vector<window::AccountIndex>& accounts) {
        Names names;
        for (const window::AccountIndex account : accounts) {
            names.emplace_back(rig_.engine().ledger().text(account));
        }
        return names;
    }

    EngineRig rig_;
    std::unique_ptr<AccountResolver> resolver_;
    size_t place_ = 0;
};

TEST_F(AccountResolverTest, OneOfEachKindThatTheSpanCarriesAndGlobal) {
    start("[accounts]\nkinds = { pair = [\"team\", \"model\"] }\n");
    EXPECT_EQ(accounts_of(span({})), Names{"global"});
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "a"}})), (Names{"global", "team:a"}));
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "a"}, {Dimension::kModel, "m"}})),
              (Names{"global", "model:m", "team:a", "pair:a,m"}));
}

TEST_F(AccountResolverTest, ANameIsTheSameHoweverOftenItIsAskedFor) {
    start("");
    const Names first = accounts_of(span({{Dimension::kDomain, "Example.ORG."}}));
    EXPECT_EQ(first, (Names{"global", "example.org"}));
    // More names than are remembered, and then the first again.
    for (int i = 0; i < 1000; ++i) {
        accounts_of(span({{Dimension::kDomain, "d" + std::to_string(i) + ".example"}}));
    }
    EXPECT_EQ(accounts_of(span({{Dimension::kDomain, "Example.ORG."}})), first);
    EXPECT_EQ(accounts_of(span({{Dimension::kDomain, "example.org"}})), first);
}

TEST_F(AccountResolverTest, ParentsAreChargedOnceHoweverManyWaysLeadThere) {
    start(
        "[accounts.parents]\n\"virtual_key:k\" = [\"team:a\", \"team:b\"]\n"
        "\"team:a\" = [\"customer:x\"]\n\"team:b\" = [\"customer:x\"]\n");
    EXPECT_EQ(accounts_of(span({{Dimension::kVirtualKey, "k"}, {Dimension::kTeam, "b"}})),
              (Names{"global", "virtual_key:k", "team:a", "team:b", "customer:x"}));
}

// Whoever asks before a span comes is told the accounts that it will be charged to.
TEST_F(AccountResolverTest, AnAccountIsNamedAsItWillBeCharged) {
    start(
        "accounts.kinds = { key_model = [\"virtual_key\", \"model\"] }\n"
        "key = [{ name = \"search\", ids = [\"vk1\", \"a%2Fb\"], parents = [\"team:x\"] }]");
    const AccountKinds& kinds = rig_.engine().kinds();
    for (const std::string_view value : {"vk1", "a/b", "search", "other", "bad\n"}) {
        const Span carried = span({{Dimension::kVirtualKey, value}, {Dimension::kModel, "large"}});
        Names named;
        for (const AccountKind& kind : kinds.all()) {
            const std::string account = account_of(kind, carried, rig_.engine().keys());
            if (account.empty()) {
                continue;
            }
            named.push_back(account);
            for (const std::string& above : ancestors_of(rig_.engine().keys().parents(), account)) {
                named.push_back(above);
            }
        }
        EXPECT_EQ(accounts_of(carried), named) << value;
    }
}

TEST_F(AccountResolverTest, ABadNameIsChargedToInvalidAndCounted) {
    start("");
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "a\x01"}})), (Names{"global", "team:~invalid"}));
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "\xff"}, {Dimension::kUser, "u"}})),
              (Names{"global", "team:~invalid", "user:u"}));
    EXPECT_EQ(resolver_->invalid_names(), 2U);
}

TEST_F(AccountResolverTest, BeyondTheCapANameIsChargedToTheOverflowAndToItsOwnParents) {
    start("[accounts]\nmax_per_kind = 1\n[accounts.parents]\n\"team:b\" = [\"customer:x\"]\n");
    // Spent, so that it does not give way.
    const std::string bytes = R"({"time_ms":1772323200000,"team":"a","cost_usd":"1"})";
    ingest::Record record;
    record.append_ms = kStartMs;
    record.bytes = bytes;
    rig_.engine().apply(record, kStartMs);
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "a"}})), (Names{"global", "team:a"}));
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "b"}})),
              (Names{"global", "team:~other", "customer:x"}));
    EXPECT_EQ(accounts_of(span({{Dimension::kTeam, "a"}})), (Names{"global", "team:a"}));
}

// The engine announces spans before their turn; those between may make the same account.
TEST_F(AccountResolverTest, WhatWasAnnouncedAheadFindsWhatWasMadeMeanwhile) {
    start("");
    const Span one = span({{Dimension::kTeam, "a"}});
    const Span two = span({{Dimension::kTeam, "a"}, {Dimension::kUser, "u"}});
    for (size_t place = 0; place < 2; ++place) {
        const Span& next = place == 0 ? one : two;
        resolver_->announce(next, place);
        resolver_->fetch(place);
        resolver_->prepare(place);
    }
    const std::vector<window::AccountIndex> first = resolver_->resolve(one, charge(), 0);
    const std::vector<window::AccountIndex> second = resolver_->resolve(two, charge(), 1);
    EXPECT_EQ(names(first), (Names{"global", "team:a"}));
    EXPECT_EQ(names(second), (Names{"global", "team:a", "user:u"}));
    EXPECT_EQ(second[1], first[1]);
}

// Sessions come once: what was remembered of them does not stay.
TEST_F(AccountResolverTest, NamesOfAccountsThatLeftAreForgotten) {
    constexpr int kBatches = 10;
    constexpr int kSessions = 20'000;
    start("");
    resolver_ = std::make_unique<AccountResolver>(
        rig_.engine().kinds(), rig_.engine().keys(), rig_.engine().ledger(), kBatches * kSessions);
    const auto apply_at = [&](int64_t minute) {
        ingest::Record record;
        record.offset = minute;
        record.append_ms = kStartMs + minute * kMinuteMs;
        const std::string bytes = fmt::format(R"({{"time_ms":{},"team":"a"}})", record.append_ms);
        record.bytes = bytes;
        rig_.engine().apply(record, record.append_ms);
    };
    apply_at(0);  // event time begins, so that there are closings at which accounts leave
    size_t most = 0;
    for (int batch = 0; batch < kBatches; ++batch) {
        for (int i = 0; i < kSessions; ++i) {
            accounts_of(span({{Dimension::kSession, fmt::format("{}-{}", batch, i)}}));
            most = std::max(most, resolver_->remembered_names());
        }
        apply_at(2 * (batch + 1));
        EXPECT_LT(rig_.engine().ledger().account_count(), 10U);
    }
    EXPECT_GT(most, size_t{kSessions});
    EXPECT_LT(most, size_t{kBatches / 2} * kSessions);
}

}  // namespace
}  // namespace spantoll::tools
