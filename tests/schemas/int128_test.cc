#include "schemas/int128.h"

#include <limits>
#include <rapidcheck.h>

#include <gtest/gtest.h>

namespace spantoll {
namespace {

constexpr Int128 kMax = static_cast<Int128>(~Uint128{0} >> 1);
constexpr Int128 kMin = -kMax - 1;

// Any 128-bit value, the small ones as often as the large.
Int128 any_value() {
    const auto high = *rc::gen::arbitrary<int64_t>();
    const auto low = *rc::gen::arbitrary<uint64_t>();
    const int shift = *rc::gen::inRange(0, 127);
    return static_cast<Int128>(static_cast<Uint128>(high) << 64 | low) >> shift;
}

TEST(Int128, IsWrittenInDecimal) {
    EXPECT_EQ(to_text(0), "0");
    EXPECT_EQ(to_text(-7), "-7");
    EXPECT_EQ(to_text(Int128{10'000'000'000} * 10'000'000'000), "100000000000000000000");
    EXPECT_EQ(to_text(kMax), "170141183460469231731687303715884105727");
    EXPECT_EQ(to_text(kMin), "-170141183460469231731687303715884105728");
}

TEST(Int128, IsReadBackAtItsLimits) {
    EXPECT_EQ(parse_int128("170141183460469231731687303715884105727"), kMax);
    EXPECT_EQ(parse_int128("-170141183460469231731687303715884105728"), kMin);
    EXPECT_EQ(parse_int128("170141183460469231731687303715884105728"), std::nullopt);
    EXPECT_EQ(parse_int128("-170141183460469231731687303715884105729"), std::nullopt);
    EXPECT_EQ(parse_int128("1000000000000000000000000000000000000000"), std::nullopt);
    EXPECT_EQ(parse_int128("-0"), 0);
    EXPECT_EQ(parse_int128("007"), 7);
}

TEST(Int128, ReadsNothingElse) {
    for (const char* text : {"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "--1", "1-"}) {
        EXPECT_EQ(parse_int128(text), std::nullopt) << text;
    }
}

TEST(Int128, TextAndBackIsTheSame) {
    EXPECT_TRUE(rc::check([] {
        const Int128 value = any_value();
        RC_ASSERT(parse_int128(to_text(value)) == value);
    }));
}

TEST(DivideHalfEven, RoundsTiesToTheEvenNeighbour) {
    EXPECT_EQ(divide_half_even(1, 2), 0);
    EXPECT_EQ(divide_half_even(3, 2), 2);
    EXPECT_EQ(divide_half_even(5, 2), 2);
    EXPECT_EQ(divide_half_even(7, 2), 4);
    EXPECT_EQ(divide_half_even(-1, 2), 0);
    EXPECT_EQ(divide_half_even(-3, 2), -2);
    EXPECT_EQ(divide_half_even(-5, 2), -2);
    EXPECT_EQ(divide_half_even(50, 100), 0);
    EXPECT_EQ(divide_half_even(150, 100), 2);
}

TEST(DivideHalfEven, RoundsTheRestToTheNearer) {
    EXPECT_EQ(divide_half_even(49, 100), 0);
    EXPECT_EQ(divide_half_even(51, 100), 1);
    EXPECT_EQ(divide_half_even(-51, 100), -1);
    EXPECT_EQ(divide_half_even(1, 3), 0);
    EXPECT_EQ(divide_half_even(2, 3), 1);
    EXPECT_EQ(divide_half_even(0, 3), 0);
    EXPECT_EQ(divide_half_even(kMax, 1), kMax);
    EXPECT_EQ(divide_half_even(kMin, 1), kMin);
    EXPECT_EQ(divide_half_even(kMax, kMax), 1);
}

// 64 bits are divided in another way than 128.
TEST(DivideHalfEven, IsTheSameOnBothSidesOf64Bits) {
    constexpr Int128 kLast = std::numeric_limits<int64_t>::max();
    constexpr Int128 kFirst = std::numeric_limits<int64_t>::min();
    for (Int128 away = -3; away <= 3; ++away) {
        for (const Int128 edge : {kLast, kFirst}) {
            const Int128 halved = (edge + away) / 2;
            const bool is_odd = (edge + away) % 2 != 0;
            const Int128 outward = edge > 0 ? 1 : -1;
            EXPECT_EQ(divide_half_even(edge + away, 2),
                      is_odd && halved % 2 != 0 ? halved + outward : halved);
            EXPECT_EQ(divide_half_even(edge + away, 1), edge + away);
        }
        EXPECT_EQ(divide_half_even(1, kLast + away), 0);
        EXPECT_EQ(divide_half_even(kLast + away, kLast + away), 1);
        EXPECT_EQ(divide_half_even(-kLast - away, kLast + away), -1);
    }
}

TEST(DivideHalfEven, IsWithinHalfAUnit) {
    EXPECT_TRUE(rc::check([] {
        const Int128 numerator = any_value() / 4;
        const Int128 denominator = *rc::gen::inRange<int64_t>(1, 1'000'000'000'000'000);
        const Int128 error = divide_half_even(numerator, denominator) * denominator - numerator;
        RC_ASSERT(2 * error <= denominator && -2 * error <= denominator);
        if (2 * error == denominator || -2 * error == denominator) {
            RC_ASSERT(divide_half_even(numerator, denominator) % 2 == 0);
        }
    }));
}

TEST(DivideHalfEvenDeathTest, ADenominatorOfZeroIsABug) {
    EXPECT_DEATH(divide_half_even(1, 0), "positive");
}

}  // namespace
}  // namespace spantoll
