#include "ingest/price_book.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ingest/naming.h"
#include "schemas/check.h"
#include "schemas/meter.h"

namespace spantoll::ingest {
namespace {

constexpr std::array<Dimension, 5> kPriceDimensions{Dimension::kProvider,
                                                    Dimension::kModel,
                                                    Dimension::kService,
                                                    Dimension::kOperation,
                                                    Dimension::kRegion};
// Bounds of the cache: how many combinations it holds, and how many prices they have in all. 65,536
// tariffs of 60 bytes with their keys, and 40 bytes a price, are at most 26 MB. When either bound
// is passed, the cache is emptied.
constexpr size_t kCachedTariffsMax = 65'536;
constexpr size_t kCachedPricesMax = 1u << 19;
// How many meters of a span are first looked for where the last span had them.
constexpr size_t kGuesses = 8;

// The texts of a span as numbers: 0 = a text that no price names, else 1 + its position among the
// texts of the dimension.
using TariffKey = std::array<uint16_t, kPriceDimensions.size()>;
static_assert(kPricesMax < 65'535, "a number per text and price fits 16 bits");

// Where the quantity of a meter comes from.
enum class Origin : uint8_t { kUsage, kRequests, kDuration, kIngress, kEgress };

Origin origin_of(std::string_view meter) {
    return meter == "requests"        ? Origin::kRequests
           : meter == "duration_ms"   ? Origin::kDuration
           : meter == "ingress_bytes" ? Origin::kIngress
           : meter == "egress_bytes"  ? Origin::kEgress
                                      : Origin::kUsage;
}

// The part of a Price that pricing needs, stored contiguously for all meters of a tariff.
struct MeterPrice {
    std::string_view meter;  // points into the Price
    int64_t usd_pico = 0;    // at most 1e18
    int64_t per = 1;         // in units of the quantity; microseconds for duration_ms
    Origin origin = Origin::kUsage;
};

MeterPrice meter_price_of(const Price& price) {
    static_assert(kPricePerMax <= std::numeric_limits<int64_t>::max() / 1000);
    const Origin origin = origin_of(price.meter);
    return {price.meter,
            static_cast<int64_t>(price.usd.pico()),
            origin == Origin::kDuration ? price.per * 1000 : price.per,
            origin};
}

// The prices of one combination, at most one per meter.
struct Tariff {
    std::vector<MeterPrice> usage;    // sorted by meter
    std::vector<MeterPrice> counted;  // what every span has: requests, duration, bytes

    size_t size() const { return usage.size() + counted.size(); }
};

bool matches(const TariffKey& price, const TariffKey& span) {
    for (size_t i = 0; i < price.size(); ++i) {
        if (price[i] != 0 && price[i] != span[i]) {
            return false;
        }
    }
    return true;
}

size_t named_count(const Price& price) {
    return static_cast<size_t>(std::count_if(
        price.match.begin(), price.match.end(), [](const auto& text) { return text.has_value(); }));
}

// A quantity that every span has, apart from its usage.
uint64_t counted(Origin origin, const Span& span) {
    switch (origin) {
        case Origin::kRequests:
            return span.is_request() ? 1 : 0;
        case Origin::kDuration:
            return span.duration_us;
        case Origin::kIngress:
            return span.ingress_bytes;
        case Origin::kEgress:
            return span.egress_bytes;
        case Origin::kUsage:
            break;
    }
    return 0;
}

// quantity x price / per, rounded half to even. Empty where that exceeds the most that a span may
// cost. A product beyond 127 bits always does, whatever the divisor: 2^127 / (1000 x kPricePerMax)
// > 1e18.
std::optional<Int128> cost_of(Int128 quantity, const MeterPrice& meter) {
    static_assert((Int128{1} << 126) / (Int128{1000} * kPricePerMax) > kSpanCostPicoMax);
    Int128 product = 0;
    if (__builtin_mul_overflow(quantity, Int128{meter.usd_pico}, &product)) {
        return std::nullopt;
    }
    const Int128 cost = divide_half_even(product, meter.per);
    return cost > kSpanCostPicoMax ? std::nullopt : std::optional<Int128>(cost);
}

}  // namespace

struct PriceBook::State {
    // Constant after construction.
    std::vector<Price> prices;
    std::vector<TariffKey> price_keys;  // by price; 0 = any text
    // By index in kPriceDimensions: the texts that prices name, each with its number.
    std::array<absl::flat_hash_map<std::string, uint16_t>, kPriceDimensions.size()> texts;
    absl::flat_hash_map<TariffKey, Tariff> tariffs;
    size_t cached_prices = 0;

    // Scratch of price(), kept between spans.
    std::string operation;
    // By index in Tariff::usage; zero between spans. The sum over one record always fits.
    std::vector<Int128> quantities;
    std::vector<size_t> touched;  // indexes with a quantity above 0; empty between spans
    // By index in the usage of the span: where the last span had its meter in Tariff::usage. Spans
    // of one kind name their meters in the same order, and most tariffs have the same ones.
    std::array<size_t, kGuesses> guesses{};

    TariffKey key_of(const Span& span);
    Tariff tariff_of(const TariffKey& key) const;
    const Tariff& find_tariff(const Span& span);
    // Adds the usage of the span to `quantities` and `touched`. True where a meter has no price.
    bool add_usage(std::span<const MeterPrice> prices_of_usage,
                   const Span& span,
                   const DecodedRecord& record);
    PricedSpan price_usage(const Span& span, const DecodedRecord& record);
};

PriceBook::PriceBook(std::vector<Price> prices) : state_(std::make_unique<State>()) {
    CHECK(prices.size() <= kPricesMax, "the configuration bounds the prices");
    for (Price& price : prices) {
        auto& operation = price.match[static_cast<size_t>(Dimension::kOperation)];
        if (operation) {
            operation = normalise_operation(*operation);
        }
        TariffKey key{};
        for (size_t i = 0; i < kPriceDimensions.size(); ++i) {
            if (const auto& text = price.match[static_cast<size_t>(kPriceDimensions[i])]) {
                auto& texts = state_->texts[i];
                const auto number = static_cast<uint16_t>(texts.size() + 1);
                key[i] = texts.try_emplace(*text, number).first->second;
            }
        }
        state_->price_keys.push_back(key);
    }
    state_->quantities.resize(prices.size());
    state_->touched.reserve(prices.size());
    state_->prices = std::move(prices);
}

PriceBook::~PriceBook() = default;

TariffKey PriceBook::State::key_of(const Span& span) {
    TariffKey key{};
    for (size_t i = 0; i < kPriceDimensions.size(); ++i) {
        if (texts[i].empty()) {
            continue;
        }
        std::string_view text = span.dimension(kPriceDimensions[i]);
        if (kPriceDimensions[i] == Dimension::kOperation) {
            normalise_operation(text, operation);
            text = operation;
        }
        const auto found = texts[i].find(absl::string_view(text.data(), text.size()));
        key[i] = found == texts[i].end() ? 0 : found->second;
    }
    return key;
}

Tariff PriceBook::State::tariff_of(const TariffKey& key) const {
    std::map<std::string_view, const Price*> best;  // sorted, as a tariff is
    for (size_t i = 0; i < prices.size(); ++i) {
        if (!matches(price_keys[i], key)) {
            continue;
        }
        const Price*& kept = best[prices[i].meter];
        if (kept == nullptr || named_count(prices[i]) >= named_count(*kept)) {
            kept = &prices[i];
        }
    }
    Tariff tariff;
    for (const auto& [meter, price] : best) {
        const MeterPrice one = meter_price_of(*price);
        (one.origin == Origin::kUsage ? tariff.usage : tariff.counted).push_back(one);
    }
    return tariff;
}

const Tariff& PriceBook::State::find_tariff(const Span& span) {
    const TariffKey key = key_of(span);
    if (const auto found = tariffs.find(key); found != tariffs.end()) {
        return found->second;
    }
    Tariff tariff = tariff_of(key);
    if (tariffs.size() >= kCachedTariffsMax || cached_prices + tariff.size() > kCachedPricesMax) {
        tariffs.clear();
        cached_prices = 0;
    }
    cached_prices += tariff.size();
    return tariffs.emplace(key, std::move(tariff)).first->second;
}

bool PriceBook::State::add_usage(std::span<const MeterPrice> prices_of_usage,
                                 const Span& span,
                                 const DecodedRecord& record) {
    const auto is_at = [&](size_t place, std::string_view meter) {
        return place < prices_of_usage.size() && prices_of_usage[place].meter == meter;
    };
    const auto usages = std::span(record.usages).subspan(span.usage_begin, span.usage_count);
    bool is_unpriced = false;
    for (size_t i = 0; i < usages.size(); ++i) {
        const auto& [meter, quantity] = usages[i];
        if (quantity == 0) {
            continue;
        }
        size_t place = guesses[i % kGuesses];
        if (!is_at(place, meter)) {
            const auto found =
                std::ranges::lower_bound(prices_of_usage, meter, {}, &MeterPrice::meter);
            place = static_cast<size_t>(found - prices_of_usage.begin());
            guesses[i % kGuesses] = place;
            if (!is_at(place, meter)) {
                is_unpriced = true;
                continue;
            }
        }
        Int128& sum = quantities[place];
        if (sum == 0) {
            touched.push_back(place);
        }
        sum += quantity;
    }
    return is_unpriced;
}

PricedSpan PriceBook::State::price_usage(const Span& span, const DecodedRecord& record) {
    const Tariff& tariff = find_tariff(span);
    PricedSpan priced;
    priced.is_unpriced = add_usage(tariff.usage, span, record);
    Int128 sum = 0;  // at most kPricesMax times kSpanCostPicoMax
    const auto charge = [&](Int128 quantity, const MeterPrice& meter) {
        const std::optional<Int128> cost = cost_of(quantity, meter);
        priced.is_too_large = priced.is_too_large || !cost;
        sum += cost.value_or(0);
    };
    for (const size_t index : touched) {
        charge(std::exchange(quantities[index], 0), tariff.usage[index]);
    }
    touched.clear();
    for (const MeterPrice& meter : tariff.counted) {
        charge(counted(meter.origin, span), meter);
    }
    priced.is_too_large = priced.is_too_large || sum > kSpanCostPicoMax;
    priced.cost = Money::from_pico(priced.is_too_large ? 0 : sum);
    return priced;
}

UsagePrice PriceBook::usage_price(const Span& span, const DecodedRecord& record) {
    const std::vector<MeterPrice>& prices = state_->find_tariff(span).usage;
    UsagePrice found = UsagePrice::kFree;
    for (const Usage& usage :
         std::span(record.usages).subspan(span.usage_begin, span.usage_count)) {
        const auto price = std::ranges::lower_bound(prices, usage.meter, {}, &MeterPrice::meter);
        if (price == prices.end() || price->meter != usage.meter) {
            return UsagePrice::kUnpriced;
        }
        found = price->usd_pico == 0 ? found : UsagePrice::kPriced;
    }
    return found;
}

PricedSpan PriceBook::price(const Span& span, const DecodedRecord& record) {
    if (!span.is_usage_charged()) {
        return {};
    }
    if (span.cost) {
        return {*span.cost, false, false};
    }
    return state_->price_usage(span, record);
}

}  // namespace spantoll::ingest
