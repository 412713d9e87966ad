#include "ingest/price_book.h"

#include <array>
#include <map>
#include <random>
#include <rapidcheck.h>

#include <gtest/gtest.h>

namespace spantoll::ingest {
namespace {

Price price_of(std::string meter, std::string_view usd, int64_t per) {
    Price price;
    price.meter = std::move(meter);
    price.usd = parse_usd(usd).money;
    price.per = per;
    return price;
}

Price with(Price price, Dimension dimension, std::string text) {
    price.match[static_cast<size_t>(dimension)] = std::move(text);
    return price;
}

// A span with its usage, as a decoder hands it over.
struct TestSpan {
    Span span;
    DecodedRecord record;

    explicit TestSpan(std::vector<Usage> usage = {}) {
        record.usages.push_back({"of_another_span", 1'000'000});
        span.usage_begin = 1;
        span.usage_count = static_cast<uint32_t>(usage.size());
        record.usages.insert(record.usages.end(), usage.begin(), usage.end());
    }
    TestSpan& set(Dimension dimension, std::string_view text) {
        span.dimensions[static_cast<size_t>(dimension)] = text;
        return *this;
    }
};

std::string usd(PriceBook& book, const TestSpan& of) {
    return to_usd_text(book.price(of.span, of.record).cost);
}

TEST(PriceBook, PricesTokensOfAModel) {
    PriceBook book({with(price_of("input_tokens", "30", 1'000'000), Dimension::kModel, "gpt-4"),
                    with(price_of("output_tokens", "60", 1'000'000), Dimension::kModel, "gpt-4")});
    TestSpan span({{"input_tokens", 18'059'974}, {"output_tokens", 245'896}});
    EXPECT_EQ(usd(book, span.set(Dimension::kModel, "gpt-4")), "556.55298");
    EXPECT_FALSE(book.price(span.span, span.record).is_unpriced);
    EXPECT_EQ(usd(book, span.set(Dimension::kModel, "gpt-5")), "0");
    EXPECT_TRUE(book.price(span.span, span.record).is_unpriced);
    EXPECT_EQ(usd(book, span.set(Dimension::kModel, "")), "0");
}

TEST(PriceBook, AProducersCostIsTakenAsItIs) {
    PriceBook book({price_of("input_tokens", "30", 1)});
    TestSpan span({{"input_tokens", 5}, {"unknown", 7}});
    span.span.cost = Money::from_pico(0);
    EXPECT_EQ(usd(book, span), "0");
    EXPECT_FALSE(book.price(span.span, span.record).is_unpriced);
    span.span.cost = Money::from_pico(-17);
    span.span.is_credit = true;
    EXPECT_EQ(book.price(span.span, span.record).cost.pico(), -17);
}

TEST(PriceBook, TheRunningTotalOfAStreamIsNotCharged) {
    PriceBook book({price_of("input_tokens", "30", 1), price_of("requests", "1", 1)});
    TestSpan span({{"input_tokens", 5}, {"unknown", 7}});
    span.span.is_streaming = true;
    span.span.is_final_chunk = true;
    span.span.has_usage_data = false;
    EXPECT_EQ(usd(book, span), "0");
    EXPECT_FALSE(book.price(span.span, span.record).is_unpriced);
    span.span.cost = Money::from_pico(kPicoPerUsd);
    EXPECT_EQ(usd(book, span), "0");
    span.span.cost.reset();
    span.span.is_streaming = false;  // has_usage_data says nothing about other spans
    EXPECT_EQ(usd(book, span), "151");
    EXPECT_TRUE(book.price(span.span, span.record).is_unpriced);
}

TEST(PriceBook, APriceThatNamesMoreWins) {
    PriceBook book(
        {with(
             with(price_of("requests", "3", 1), Dimension::kModel, "m"), Dimension::kProvider, "p"),
         price_of("requests", "1", 1),
         with(price_of("requests", "2", 1), Dimension::kModel, "m")});
    TestSpan span;
    EXPECT_EQ(usd(book, span), "1");
    EXPECT_EQ(usd(book, span.set(Dimension::kProvider, "p")), "1");
    EXPECT_EQ(usd(book, span.set(Dimension::kModel, "m")), "3");
    EXPECT_EQ(usd(book, span.set(Dimension::kProvider, "other")), "2");
}

TEST(PriceBook, OfEqualsTheLaterOneWins) {
    PriceBook book({with(price_of("requests", "1", 1), Dimension::kModel, "m"),
                    with(price_of("requests", "2", 1), Dimension::kRegion, "r"),
                    price_of("requests", "9", 1)});
    TestSpan span;
    span.set(Dimension::kModel, "m").set(Dimension::kRegion, "r");
    EXPECT_EQ(usd(book, span), "2");
}

TEST(PriceBook, OperationsMatchAsNormalised) {
    PriceBook book({with(price_of("requests", "1", 1), Dimension::kOperation, "/users/17"),
                    with(price_of("requests", "2", 1), Dimension::kOperation, "/teams/*")});
    TestSpan span;
    EXPECT_EQ(usd(book, span.set(Dimension::kOperation, "/users/123456")), "1");
    EXPECT_EQ(usd(book, span.set(Dimension::kOperation, "/teams/5")), "2");
    EXPECT_EQ(usd(book, span.set(Dimension::kOperation, "/users/me")), "0");
}

TEST(PriceBook, CountersThatASpanAlwaysHasCanBePriced) {
    PriceBook book({price_of("requests", "0.2", 1'000'000),
                    price_of("duration_ms", "0.000000002", 1),
                    price_of("ingress_bytes", "0", 1),
                    price_of("egress_bytes", "0.000000000084", 1)});
    TestSpan span;
    span.span.duration_us = 1'500;
    span.span.ingress_bytes = 1'000;
    span.span.egress_bytes = 1'000'000;
    // 0.2e-6 for the request, 3e-9 for 1.5 ms, 84e-6 for a megabyte.
    EXPECT_EQ(usd(book, span), "0.000084203");
    span.span.is_streaming = true;  // a chunk that is not the last is no request
    EXPECT_EQ(usd(book, span), "0.000084003");
}

TEST(PriceBook, DurationIsPricedFromMicroseconds) {
    PriceBook book({price_of("duration_ms", "0.000000001", 1)});  // a pico-dollar a microsecond
    TestSpan span;
    span.span.duration_us = 1;
    EXPECT_EQ(book.price(span.span, span.record).cost.pico(), 1);
    span.span.duration_us = 999;
    EXPECT_EQ(book.price(span.span, span.record).cost.pico(), 999);
}

TEST(PriceBook, RoundsOncePerMeterHalfToEven) {
    PriceBook book({price_of("a", "0.000000000001", 2), price_of("b", "0.000000000001", 2)});
    const auto pico = [&](std::vector<Usage> usage) {
        TestSpan span(std::move(usage));
        return static_cast<int64_t>(book.price(span.span, span.record).cost.pico());
    };
    EXPECT_EQ(pico({{"a", 1}}), 0);            // 0.5 to 0
    EXPECT_EQ(pico({{"a", 3}}), 2);            // 1.5 to 2
    EXPECT_EQ(pico({{"a", 1}, {"b", 1}}), 0);  // each meter by itself
    EXPECT_EQ(pico({{"a", 1}, {"a", 1}}), 1);  // one meter named twice is added up first
    EXPECT_EQ(pico({{"a", 1}, {"b", 1}, {"a", 2}}), 2);
}

TEST(PriceBook, AMeterAboveZeroWithoutAPriceIsToldAndTheRestCharged) {
    PriceBook book({price_of("a", "1", 1)});
    TestSpan span({{"a", 2}, {"b", 1}});
    EXPECT_EQ(usd(book, span), "2");
    EXPECT_TRUE(book.price(span.span, span.record).is_unpriced);
    TestSpan zero({{"a", 2}, {"b", 0}});
    EXPECT_FALSE(book.price(zero.span, zero.record).is_unpriced);
    PriceBook free_of_charge({price_of("b", "0", 1)});
    TestSpan priced_at_zero({{"b", 5}});
    EXPECT_FALSE(free_of_charge.price(priced_at_zero.span, priced_at_zero.record).is_unpriced);
}

TEST(PriceBook, MoreThanAMillionUsdIsTooLarge) {
    PriceBook book({price_of("a", "1000000", 1), price_of("b", "0.000000000001", 1)});
    const auto is_too_large = [&](std::vector<Usage> usage) {
        TestSpan span(std::move(usage));
        return book.price(span.span, span.record).is_too_large;
    };
    EXPECT_FALSE(is_too_large({{"a", 1}}));
    EXPECT_TRUE(is_too_large({{"a", 1}, {"b", 1}}));
    EXPECT_TRUE(is_too_large({{"a", 2}}));
    EXPECT_TRUE(is_too_large({{"a", UINT64_MAX}}));
    EXPECT_FALSE(is_too_large({{"b", 1'000'000'000'000'000'000}}));
    EXPECT_TRUE(is_too_large({{"b", UINT64_MAX}}));
    EXPECT_TRUE(is_too_large(std::vector<Usage>(10'000, {"a", UINT64_MAX})));  // beyond 128 bits
    EXPECT_FALSE(is_too_large({{"a", 1}}));  // and nothing of it stays
}

TEST(PriceBook, NamesOfStrangersShareOneCacheEntryAndCostTheSame) {
    PriceBook book(
        {with(price_of("requests", "1", 1), Dimension::kModel, "m"), price_of("requests", "2", 1)});
    for (int i = 0; i < 200'000; ++i) {
        const std::string model = "stranger" + std::to_string(i);
        TestSpan span;
        ASSERT_EQ(usd(book, span.set(Dimension::kModel, model)), "2");
    }
    TestSpan span;
    EXPECT_EQ(usd(book, span.set(Dimension::kModel, "m")), "1");
}

TEST(PriceBook, StaysRightWhenItsCacheIsFull) {
    constexpr std::array<Dimension, 5> kDimensions{Dimension::kProvider,
                                                   Dimension::kModel,
                                                   Dimension::kService,
                                                   Dimension::kOperation,
                                                   Dimension::kRegion};
    const std::vector<std::string> texts{"q", "r", "s", "t", "u", "v", "w", "x", "y", "z"};
    std::vector<Price> prices;
    for (const Dimension dimension : kDimensions) {
        for (const std::string& text : texts) {
            const std::string meter = std::string(name_of(dimension)) + text;
            prices.push_back(with(price_of(meter, "1", 1), dimension, text));
        }
    }
    PriceBook book(std::move(prices));
    for (size_t i = 0; i < 100'000; ++i) {  // every combination, more than the cache holds
        size_t digits = i;
        TestSpan span({{"providerq", 1}, {"regionz", 10}});
        for (const Dimension dimension : kDimensions) {
            span.set(dimension, texts[digits % 10]);
            digits /= 10;
        }
        const int expected = (i % 10 == 0 ? 1 : 0) + (i / 10'000 == 9 ? 10 : 0);
        ASSERT_EQ(usd(book, span), std::to_string(expected)) << i;
    }
}

// The rule read literally: for each meter every price is looked at.
Int128 reference_cost(const std::vector<Price>& prices,
                      const std::string& model,
                      const std::map<std::string, uint64_t>& usage) {
    constexpr auto kModel = static_cast<size_t>(Dimension::kModel);
    Int128 sum = 0;
    for (const auto& [meter, quantity] : usage) {
        const Price* best = nullptr;
        for (const Price& price : prices) {
            const auto& named = price.match[kModel];
            const bool matches = price.meter == meter && (!named || *named == model);
            if (matches &&
                (best == nullptr || named.has_value() >= best->match[kModel].has_value())) {
                best = &price;
            }
        }
        if (best != nullptr) {
            sum += divide_half_even(Int128{quantity} * best->usd.pico(), best->per);
        }
    }
    return sum;
}

// quantity x price / per, half to even, from quotient and remainder of unsigned numbers.
Int128 rounded(uint64_t quantity, Int128 price, int64_t per) {
    const Uint128 product = static_cast<Uint128>(quantity) * static_cast<Uint128>(price);
    const auto divisor = static_cast<Uint128>(per);
    const Uint128 quotient = product / divisor;
    const Uint128 twice = product % divisor * 2;
    const bool up = twice > divisor || (twice == divisor && quotient % 2 == 1);
    return static_cast<Int128>(quotient) + (up ? 1 : 0);
}

TEST(PriceBook, AMillionRandomPricesEqualThe128BitReference) {
    constexpr int kBooks = 1'000;
    constexpr int kPricesPerBook = 100;
    std::mt19937_64 random(20261120);
    const auto below_power_of_ten = [&](int digits_max) {
        uint64_t bound = 10;
        for (uint64_t digits = random() % static_cast<uint64_t>(digits_max); digits > 0; --digits) {
            bound *= 10;
        }
        return random() % bound;
    };
    std::vector<std::string> meters;
    for (int i = 0; i < kPricesPerBook; ++i) {
        meters.push_back("meter" + std::to_string(i));
    }
    for (int b = 0; b < kBooks; ++b) {
        std::vector<Price> prices;
        for (const std::string& meter : meters) {
            Price price = price_of(meter, "0", 1 + static_cast<int64_t>(below_power_of_ten(15)));
            price.usd = Money::from_pico(below_power_of_ten(18));
            prices.push_back(price);
        }
        PriceBook book(prices);
        for (int i = 0; i < 10 * kPricesPerBook; ++i) {
            const auto at = static_cast<size_t>(i % kPricesPerBook);
            const uint64_t quantity = below_power_of_ten(19);
            TestSpan span({{meters[at], quantity}});
            const PricedSpan priced = book.price(span.span, span.record);
            const Int128 expected = rounded(quantity, prices[at].usd.pico(), prices[at].per);
            ASSERT_EQ(priced.is_too_large, expected > kSpanCostPicoMax);
            ASSERT_TRUE(priced.is_too_large || priced.cost.pico() == expected);
        }
    }
}

TEST(PriceBook, RandomPricesEqualTheReference) {
    EXPECT_TRUE(rc::check([] {
        const auto letter = rc::gen::map(rc::gen::inRange(0, 3), [](int i) {
            return std::string(1, static_cast<char>('a' + i));
        });
        std::vector<Price> prices;
        for (int i = *rc::gen::inRange(0, 12); i > 0; --i) {
            Price price;
            price.meter = *letter;
            price.usd = Money::from_pico(*rc::gen::inRange<int64_t>(0, 1'000'000'000'000));
            price.per = *rc::gen::inRange<int64_t>(1, 1'000);
            prices.push_back(*rc::gen::arbitrary<bool>() ? with(price, Dimension::kModel, *letter)
                                                         : price);
        }
        const std::string model = *letter;
        std::map<std::string, uint64_t> usage;
        TestSpan span;
        const auto texts = *rc::gen::container<std::vector<std::string>>(letter);
        for (const std::string& meter : texts) {
            const auto quantity = *rc::gen::inRange<uint64_t>(0, 100'000);
            usage[meter] += quantity;
            span.record.usages.push_back({meter, quantity});
            ++span.span.usage_count;
        }
        span.set(Dimension::kModel, model);
        const Int128 expected = reference_cost(prices, model, usage);
        PriceBook book(prices);
        const PricedSpan priced = book.price(span.span, span.record);
        RC_ASSERT(priced.is_too_large == (expected > kSpanCostPicoMax));
        RC_ASSERT(priced.is_too_large || priced.cost.pico() == expected);
    }));
}

}  // namespace
}  // namespace spantoll::ingest
