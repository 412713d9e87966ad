#include "window/ema.h"

#include <vector>

#include <gtest/gtest.h>

namespace spantoll::window {
namespace {

EmaRow row(Alpha alpha) {
    return {alpha, false, 0};
}

// Value after each sample, "none" while forgotten.
std::vector<std::string> sequence(Alpha alpha, const std::vector<Int128>& samples) {
    EmaRow ema = row(alpha);
    std::vector<std::string> values;
    for (const Int128 sample : samples) {
        step_ema(ema, sample);
        values.push_back(ema.is_set ? to_text(ema.value) : "none");
    }
    return values;
}

// Expected values by Python's integers: E = trunc((a*R*10^6 + (b-a)*E) / b).
const std::vector<Int128> kSamples{
    7, 7, 100, 3, 0, 0, 1, Int128{12'345'678'901'234'567'890U}, -5, -5, 0};

TEST(Ema, FollowsTheExactSequenceForOneTenth) {
    const std::vector<std::string> expected{"7000000",
                                            "7000000",
                                            "16300000",
                                            "14970000",
                                            "13473000",
                                            "12125700",
                                            "11013130",
                                            "1234567890123456798911817",
                                            "1111111101111111118520635",
                                            "999999991000000006168571",
                                            "899999991900000005551713"};
    EXPECT_EQ(sequence({1, 10}, kSamples), expected);
}

TEST(Ema, FollowsTheExactSequenceForThreeSevenths) {
    const std::vector<std::string> expected{"7000000",
                                            "7000000",
                                            "46857142",
                                            "28061224",
                                            "16034985",
                                            "9162848",
                                            "5664484",
                                            "5291005243386243384665419",
                                            "3023431567649281931951668",
                                            "1727675181513875387543810",
                                            "987242960865071650025034"};
    EXPECT_EQ(sequence({3, 7}, kSamples), expected);
}

TEST(Ema, RoundsTowardZeroBelowZeroToo) {
    // (-5*10^6 + 9*0) / 10, then (0 + 9*-1) / 10 = -0.9 = 0: forgotten.
    EmaRow ema = row({1, 10});
    ema.is_set = true;
    ema.value = -1;
    step_ema(ema, 0);
    EXPECT_FALSE(ema.is_set);
    EXPECT_EQ(integer_part(Int128{-1'999'999}), -1);
    EXPECT_EQ(integer_part(Int128{1'999'999}), 1);
}

TEST(Ema, AZeroSampleSeedsNothing) {
    EXPECT_EQ(sequence({1, 10}, {0, 0, 4}), (std::vector<std::string>{"none", "none", "4000000"}));
}

TEST(Ema, OfOneIsForgottenAfter115ClosingsOfNothing) {
    EmaRow ema = row({1, 10});
    step_ema(ema, 1);
    step_ema_repeatedly(ema, 0, 114);
    EXPECT_TRUE(ema.is_set);
    step_ema(ema, 0);
    EXPECT_FALSE(ema.is_set);
}

TEST(Ema, RepeatedStepsAreTheStepsOneByOne) {
    for (const int64_t count : {0, 1, 2, 10, 100, 1000}) {
        EmaRow one_by_one = row({3, 100});
        step_ema(one_by_one, 1'000'000);
        EmaRow at_once = one_by_one;
        for (int64_t i = 0; i < count; ++i) {
            step_ema(one_by_one, 77);
        }
        step_ema_repeatedly(at_once, 77, count);
        EXPECT_EQ(at_once, one_by_one) << count;
    }
}

TEST(Ema, RepeatedStepsEndWhenNothingChangesAnyMore) {
    EmaRow ema = row({1, 100});
    step_ema(ema, 5);
    step_ema_repeatedly(ema, 5, int64_t{1} << 62);  // would not return if it took them all
    EXPECT_EQ(ema.value, 5 * kEmaScale);
}

TEST(Ema, AlphaOneIsTheSample) {
    EXPECT_EQ(sequence({1, 1}, {3, 9, 0}),
              (std::vector<std::string>{"3000000", "9000000", "none"}));
}

}  // namespace
}  // namespace spantoll::window
