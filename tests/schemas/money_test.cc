#include "schemas/money.h"

#include <random>
#include <rapidcheck.h>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

Int128 pico_of(std::string_view text) {
    const DecimalMoney read = parse_usd(text);
    EXPECT_EQ(read.outcome, DecimalOutcome::kOk) << text;
    return read.money.pico();
}

DecimalOutcome outcome_of(std::string_view text) {
    return parse_usd(text).outcome;
}

TEST(ParseUsd, IsExactToThePicoDollar) {
    EXPECT_EQ(pico_of("0"), 0);
    EXPECT_EQ(pico_of("1"), kPicoPerUsd);
    EXPECT_EQ(pico_of("0.1"), kPicoPerUsd / 10);
    EXPECT_EQ(pico_of("-0.000000000001"), -1);
    EXPECT_EQ(pico_of("1000000"), kSpanCostPicoMax);
    EXPECT_EQ(to_text(pico_of("9999999999999.999999999999")), "9999999999999999999999999");
    EXPECT_EQ(pico_of("0.30000000000000004"), 300'000'000'000);
}

TEST(ParseUsd, ReadsExponents) {
    EXPECT_EQ(pico_of("1e-12"), 1);
    EXPECT_EQ(pico_of("1E+6"), kSpanCostPicoMax);
    EXPECT_EQ(pico_of("0.000001e6"), kPicoPerUsd);
    EXPECT_EQ(pico_of("123456789e-9"), 123'456'789'000);
    EXPECT_EQ(pico_of("1" + std::string(100, '0') + "e-100"), kPicoPerUsd);
    EXPECT_EQ(pico_of("0." + std::string(100, '0') + "1e101"), kPicoPerUsd);
    EXPECT_EQ(pico_of("0e99999999999999999999"), 0);
    EXPECT_EQ(pico_of("1e-99999999999999999999"), 0);
}

TEST(ParseUsd, RoundsHalfToEven) {
    EXPECT_EQ(pico_of("0.0000000000005"), 0);
    EXPECT_EQ(pico_of("0.00000000000050"), 0);
    EXPECT_EQ(pico_of("0.00000000000050000000000000000001"), 1);
    EXPECT_EQ(pico_of("0.0000000000015"), 2);
    EXPECT_EQ(pico_of("0.0000000000025"), 2);
    EXPECT_EQ(pico_of("0.00000000000249999999999999999999"), 2);
    EXPECT_EQ(pico_of("-0.0000000000015"), -2);
    EXPECT_EQ(pico_of("-0.0000000000005"), 0);
    EXPECT_EQ(pico_of("9e-13"), 1);
    EXPECT_EQ(pico_of("5e-13"), 0);
    EXPECT_EQ(pico_of("5.000000001e-13"), 1);
    EXPECT_EQ(pico_of("9e-14"), 0);
    EXPECT_EQ(pico_of("0.9999999999995"), kPicoPerUsd);
}

TEST(ParseUsd, TellsWhatIsBeyondEveryBound) {
    EXPECT_EQ(outcome_of("9999999999999"), DecimalOutcome::kOk);
    EXPECT_EQ(outcome_of("10000000000000"), DecimalOutcome::kTooLarge);
    EXPECT_EQ(outcome_of("-10000000000000"), DecimalOutcome::kTooSmall);
    EXPECT_EQ(outcome_of("1e99999999999999999999"), DecimalOutcome::kTooLarge);
    EXPECT_EQ(outcome_of("-1e99999999999999999999"), DecimalOutcome::kTooSmall);
    EXPECT_EQ(outcome_of(std::string(10'000, '9')), DecimalOutcome::kTooLarge);
}

TEST(ParseUsd, FollowsTheNumberSyntaxOfJson) {
    for (const char* text : {"",    "-",   "+1",    ".5", "1.",    "01",   "-01",     "00",
                             "1e",  "1e+", " 1",    "1 ", "1,5",   "1_0",  "0x10",    "NaN",
                             "inf", "--1", "1e1.5", "$1", "1 USD", "1..2", "\xD9\xA1"}) {
        EXPECT_EQ(outcome_of(text), DecimalOutcome::kNotANumber) << text;
    }
    EXPECT_EQ(outcome_of(std::string_view("1\0", 2)), DecimalOutcome::kNotANumber);
}

TEST(UsdText, HasNoExponentAndNoEmptyZeros) {
    EXPECT_EQ(to_usd_text(Money()), "0");
    EXPECT_EQ(to_usd_text(Money::from_pico(1)), "0.000000000001");
    EXPECT_EQ(to_usd_text(Money::from_pico(-1)), "-0.000000000001");
    EXPECT_EQ(to_usd_text(Money::from_pico(kPicoPerUsd)), "1");
    EXPECT_EQ(to_usd_text(Money::from_pico(100 * kPicoPerUsd)), "100");
    EXPECT_EQ(to_usd_text(Money::from_pico(-123'450'000'000'000)), "-123.45");
    EXPECT_EQ(to_usd_text(Money::from_pico(999'999'999'999)), "0.999999999999");
}

TEST(UsdText, ReadsBackToTheSameMoney) {
    EXPECT_TRUE(rc::check([] {
        const auto high = *rc::gen::arbitrary<int64_t>();
        const auto low = *rc::gen::inRange<int64_t>(0, 1'000'000);
        const Money money = Money::from_pico(Int128{high} * 1'000'000 + low);
        const DecimalMoney read = parse_usd(to_usd_text(money));
        RC_ASSERT(read.outcome == DecimalOutcome::kOk);
        RC_ASSERT(read.money == money);
    }));
}

// A decimal number of this many digits as digits * 10^exponent, written the long way; its value in
// pico-dollars by a 128-bit division, which shares nothing with the code under test.
struct Decimal {
    std::string text;
    Int128 pico = 0;
};

Decimal random_decimal(std::mt19937_64& random) {
    const int decimals = static_cast<int>(random() % 19);  // 12 are kept
    const uint64_t digits = random() >> (random() % 64);   // below 2^64 < 1.9e19
    const bool is_negative = random() % 2 == 0;
    std::string text = to_text(Int128{digits});
    const auto size = static_cast<size_t>(decimals);
    if (text.size() <= size) {
        text.insert(0, size + 1 - text.size(), '0');
    }
    if (size > 0) {
        text.insert(text.size() - size, ".");
    }
    Int128 pico = digits;
    int kept = decimals;
    for (; kept < 12; ++kept) {
        pico *= 10;
    }
    Int128 divisor = 1;
    for (; kept > 12; --kept) {
        divisor *= 10;
    }
    const Int128 twice = 2 * (pico % divisor);
    pico /= divisor;
    if (twice > divisor || (twice == divisor && pico % 2 == 1)) {
        ++pico;
    }
    return {(is_negative ? "-" : "") + text, is_negative ? -pico : pico};
}

TEST(ParseUsd, AMillionRandomPricesEqualA128BitReference) {
    std::mt19937_64 random(20231116);
    constexpr Int128 kBound = 10 * kPicoPerUsd * 1'000'000'000'000;
    size_t within = 0;
    for (int i = 0; i < 1'000'000; ++i) {
        const Decimal decimal = random_decimal(random);
        const DecimalMoney read = parse_usd(decimal.text);
        if (decimal.pico >= kBound || decimal.pico <= -kBound) {
            ASSERT_NE(read.outcome, DecimalOutcome::kNotANumber) << decimal.text;
            continue;
        }
        ++within;
        ASSERT_EQ(read.outcome, DecimalOutcome::kOk) << decimal.text;
        ASSERT_EQ(read.money.pico(), decimal.pico)
            << decimal.text << ": " << to_text(read.money.pico());
    }
    EXPECT_GT(within, 900'000u);
}

TEST(Money, AMillionRandomProductsAreRoundedOnceHalfToEven) {
    // quantity x price / per against the definition: no other pico-dollar is nearer, and of two
    // equally near ones it is the even one. Magnitudes are those of real prices.
    std::mt19937_64 random(5);
    for (int i = 0; i < 1'000'000; ++i) {
        const Int128 quantity = random() >> (random() % 64);
        const Int128 price =
            static_cast<Int128>(random() % 1'000'000'000'000'000'000) >> (random() % 60);
        Int128 per = 1;
        for (uint64_t zeros = random() % 16; zeros > 0; --zeros) {
            per *= 10;
        }
        const Int128 product = quantity * price;
        const Int128 rounded = divide_half_even(product, per);
        const Int128 twice_error = 2 * (rounded * per - product);
        ASSERT_LE(twice_error < 0 ? -twice_error : twice_error, per);
        if (twice_error == per || twice_error == -per) {
            ASSERT_EQ(rounded % 2, 0);
        }
    }
}

}  // namespace
}  // namespace spantoll
