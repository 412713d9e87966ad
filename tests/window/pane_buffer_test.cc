#include "window/pane_buffer.h"

#include <array>
#include <span>
#include <utility>

#include <gtest/gtest.h>

#include "tests/window/parts.h"

namespace spantoll::window {
namespace {

constexpr WindowSpec kRollingDay{WindowKind::kRolling, kDayMs / kMinuteMs};
constexpr size_t kUsdCounter = 0;
constexpr size_t kTokensCounter = 1;

// Limits of 1,000 pico-dollars and 100 tokens on every service.
struct Buffered : testing::Test {
    Parts parts{{limit_of("service", MeterKind::kUsd, 1'000, kRollingDay),
                 limit_of("service", MeterKind::kTokens, 100, kRollingDay)}};
    AccountIndex a = parts.account("service:a");
    std::array<MeterQuantity, 2> usage{};
    PaneBuffer buffer{with_steps(parts)};

    static BufferParts with_steps(Parts& parts) {
        FirstSteps steps;
        steps.rolling = {{kUsdCounter, 1'000, MeterKind::kUsd},
                         {kTokensCounter, 100, MeterKind::kTokens}};
        parts.first_steps.set([steps](const Plan&) { return steps; });
        parts.rolling.open_at(kPane0);
        return parts.buffer_parts();
    }
    Charge priced(int64_t pane, int64_t pico) { return charge_at(pane * kMinuteMs + 7, pico); }
    Charge with_tokens(int64_t pane, uint64_t input, uint64_t output) {
        Charge charge = priced(pane, 1);
        usage = {MeterQuantity{parts.input, input}, MeterQuantity{parts.output, output}};
        charge.usage = usage;
        return charge;
    }
    // As the ledger does; whether the buffer has it.
    bool charge(const Charge& charge) {
        const BufferedCharge buffered =
            buffered_charge_of(charge, parts.rolling.first_open_pane(), parts.meters);
        if (buffer.take(a, parts.accounts.head(a), buffered) || buffer.begin_with(a, buffered)) {
            return true;
        }
        buffer.flush(a);
        parts.charge(a, charge);
        buffer.begin_after(a, buffered, false);
        return false;
    }
    Int128 live(size_t counter) { return parts.accounts[a].counters[counter].live; }
};

TEST_F(Buffered, NumbersLackWhatIsBufferedUntilItIsFlushed) {
    EXPECT_TRUE(charge(priced(kPane0, 30)));
    EXPECT_TRUE(charge(priced(kPane0, 40)));
    EXPECT_EQ(live(kUsdCounter), 0);
    buffer.flush(a);
    EXPECT_EQ(live(kUsdCounter), 70);
    EXPECT_EQ(parts.accounts[a].periods.front().totals.request_count, 2U);
}

TEST_F(Buffered, NothingIsTakenThatReachesALimit) {
    EXPECT_TRUE(charge(priced(kPane0, 600)));
    EXPECT_FALSE(charge(priced(kPane0, 400)));
    EXPECT_EQ(live(kUsdCounter), 1'000);
    EXPECT_FALSE(charge(priced(kPane0, 1)));
}

TEST_F(Buffered, TokensHaveARoomOfTheirOwn) {
    EXPECT_TRUE(charge(with_tokens(kPane0, 50, 40)));
    EXPECT_FALSE(charge(with_tokens(kPane0, 9, 1)));
    EXPECT_EQ(live(kTokensCounter), 100);
    EXPECT_EQ(live(kUsdCounter), 2);
}

TEST_F(Buffered, UsageIsAddedUpByMeter) {
    EXPECT_TRUE(charge(with_tokens(kPane0, 5, 4)));
    EXPECT_TRUE(charge(with_tokens(kPane0, 3, 0)));
    buffer.flush(a);
    const std::vector<UsageTotal> expected{{parts.input, 8}, {parts.output, 4}};
    EXPECT_EQ(parts.accounts[a].periods.front().totals.usage, expected);
}

TEST_F(Buffered, UsageIsAddedUpByMeterInWhateverOrderItIsNamed) {
    EXPECT_TRUE(charge(with_tokens(kPane0, 5, 4)));
    Charge other = with_tokens(kPane0, 3, 2);
    std::swap(usage[0], usage[1]);
    EXPECT_TRUE(charge(other));
    other.usage = std::span(usage).first(1);  // output alone
    EXPECT_TRUE(charge(other));
    const std::array<MeterQuantity, 2> more{{{parts.meters.intern("more"), 7}, {parts.input, 1}}};
    other.usage = more;
    EXPECT_TRUE(charge(other));
    buffer.flush(a);
    const std::vector<UsageTotal> expected{{parts.input, 9}, {parts.output, 8}, {more[0].meter, 7}};
    EXPECT_EQ(parts.accounts[a].periods.front().totals.usage, expected);
    EXPECT_EQ(live(kTokensCounter), 17);
}

TEST_F(Buffered, MoreMetersThanThereAreSlotsAreNotBuffered) {
    std::vector<MeterQuantity> many;
    for (int i = 0; i < 6; ++i) {
        many.push_back({parts.meters.intern("m" + std::to_string(i)), 1});
    }
    Charge charge_of_many = priced(kPane0, 1);
    charge_of_many.usage = many;
    EXPECT_FALSE(charge(charge_of_many));
    EXPECT_FALSE(charge(with_tokens(kPane0, 1, 1)));  // the next one is
    EXPECT_TRUE(charge(with_tokens(kPane0, 1, 1)));
    charge_of_many.usage = std::span(many).first(4);  // two slots are taken
    EXPECT_FALSE(charge(charge_of_many));
    buffer.flush(a);
    EXPECT_EQ(parts.accounts[a].periods.front().totals.usage.size(), 8U);
    EXPECT_EQ(live(kTokensCounter), 4);
}

TEST_F(Buffered, ACreditIsNeverBuffered) {
    EXPECT_TRUE(charge(priced(kPane0, 30)));
    EXPECT_FALSE(charge(priced(kPane0, -10)));
    EXPECT_EQ(live(kUsdCounter), 20);
}

TEST_F(Buffered, WhatIsDeferredBelongsToItsOwnPane) {
    EXPECT_TRUE(charge(with_tokens(kPane0, 5, 0)));
    EXPECT_TRUE(charge(with_tokens(kPane0 + 1, 6, 0)));
    std::vector<PaneEntry> closed;
    parts.rolling.begin_closing(closed);
    buffer.close_deferred(kPane0, closed);
    parts.rolling.close_members(closed, [&](AccountIndex index) { buffer.flush(index); });
    parts.rolling.end_closing();
    ASSERT_EQ(closed.size(), 2U);
    EXPECT_EQ(closed[kTokensCounter].amount, 5);
    EXPECT_EQ(live(kTokensCounter), 5);
    buffer.flush(a);
    EXPECT_EQ(live(kTokensCounter), 11);
    EXPECT_EQ(parts.accounts[a].counters[kTokensCounter].sample, 5);
}

TEST_F(Buffered, FlushingTheDeferredMakesEntriesOfThem) {
    EXPECT_TRUE(charge(priced(kPane0, 5)));
    EXPECT_TRUE(charge(priced(kPane0 + 1, 6)));
    buffer.flush_deferred();
    EXPECT_EQ(live(kUsdCounter), 5);
    const auto entries = parts.rolling.take_open_entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries.begin()->first, kPane0);
    EXPECT_EQ(entries.begin()->second.front().amount, 5);
    buffer.flush(a);
    EXPECT_EQ(live(kUsdCounter), 11);
    std::vector<PaneEntry> closed;
    parts.rolling.begin_closing(closed);
    buffer.close_deferred(kPane0, closed);
    ASSERT_EQ(closed.size(), 1U);
    EXPECT_EQ(closed[0].amount, 5);
}

TEST_F(Buffered, NothingIsDeferredIntoAnotherPeriod) {
    const int64_t last = kPane0 + kDayMs / kMinuteMs - 1;
    EXPECT_TRUE(charge(priced(last, 5)));
    EXPECT_TRUE(charge(priced(last + 1, 6)));  // begun anew
    EXPECT_EQ(live(kUsdCounter), 5);
    EXPECT_EQ(parts.accounts[a].periods.size(), 3U);  // two days and a month
}

TEST_F(Buffered, AnAccountWithLevelsIsNotBuffered) {
    parts.accounts[a].has_levels = true;
    EXPECT_FALSE(charge(priced(kPane0, 5)));
    EXPECT_FALSE(charge(priced(kPane0, 5)));
    EXPECT_EQ(live(kUsdCounter), 10);
}

TEST_F(Buffered, ALimitOfAnotherMeterHasEveryChargeJudged) {
    parts.first_steps.set([](const Plan&) {
        FirstSteps steps;
        steps.rolling = {{kUsdCounter, 1'000, MeterKind::kEgressBytes}};
        return steps;
    });
    EXPECT_FALSE(charge(priced(kPane0, 5)));
    EXPECT_FALSE(charge(priced(kPane0, 5)));
}

}  // namespace
}  // namespace spantoll::window
