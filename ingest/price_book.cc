#include "ingest/price_book.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/string_view.h>
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
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
// Combinations remembered, and the prices that they hold in all: 65,536 keys of 10 bytes and 24
// bytes a price are at most 30 MB. Beyond either the cache starts anew.
constexpr size_t kCachedTariffsMax = 65'536;
constexpr size_t kCachedPricesMax = 1u << 20;
// Meters of a span whose price is looked for first where the last span had it.
constexpr size_t kGuesses = 8;

// The texts of a span as numbers: 0 = none that a price names, else 1 + place among those of the
// dimension.
using TariffKey = std::array<uint16_t, kPriceDimensions.size()>;
static_assert(kPricesMax < 65'535, "a number per text and price fits 16 bits");

// From what a meter's quantity comes.
enum class Origin : uint8_t { kUsage, kRequests, kDuration, kIngress, kEgress };

Origin origin_of(std::string_view meter) {
    return meter == "requests"        ? Origin::kRequests
           : meter == "duration_ms"   ? Origin::kDuration
           : meter == "ingress_bytes" ? Origin::kIngress
           : meter == "egress_bytes"  ? Origin::kEgress
                                      : Origin::kUsage;
}

struct MeterPrice {
    const Price* price = nullptr;
    Origin origin = Origin::kUsage;
};

// What a combination costs: at most one price per meter.
struct Tariff {
    std::vector<MeterPrice> usage;    // sorted by meter
    std::vector<MeterPrice> counted;  // of what every span has: requests, duration, bytes

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

// What a span counts by itself, besides its usage.
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

// quantity x price / per, rounded half to even; empty where it is over the most a span may cost. A
// product beyond 127 bits is, whatever it is divided by: 2^127 / (1000 x kPricePerMax) > 1e18.
std::optional<Int128> cost_of(Uint128 quantity, const MeterPrice& meter) {
    static_assert((Int128{1} << 126) / (Int128{1000} * kPricePerMax) > kSpanCostPicoMax);
    Int128 product = 0;
    if (__builtin_mul_overflow(quantity, meter.price->usd.pico(), &product)) {
        return std::nullopt;
    }
    const Int128 scale = meter.origin == Origin::kDuration ? 1000 : 1;  // microseconds
    const Int128 cost = divide_half_even(product, scale * meter.price->per);
    return cost > kSpanCostPicoMax ? std::nullopt : std::optional<Int128>(cost);
}

}  // namespace

struct PriceBook::State {
    // Constant after construction.
    std::vector<Price> prices;
    std::vector<TariffKey> price_keys;  // of each price; 0 = any text
    // By place in kPriceDimensions: the texts that prices name, each with its number.
    std::array<absl::flat_hash_map<std::string, uint16_t>, kPriceDimensions.size()> texts;
    absl::flat_hash_map<TariffKey, Tariff> tariffs;
    size_t cached_prices = 0;

    // Room of price(), kept from span to span.
    std::string operation;
    std::vector<Uint128> quantities;  // by place in Tariff::usage, zero between spans
    std::vector<size_t> touched;      // places above zero, empty between spans
    // By place in the span's usage: where the last span had its meter in Tariff::usage. Spans of
    // one kind name their meters in one order, and most tariffs have the same ones.
    std::array<size_t, kGuesses> guesses{};

    TariffKey key_of(const Span& span);
    Tariff tariff_of(const TariffKey& key) const;
    const Tariff& find_tariff(const Span& span);
    // Adds the span's usage up, in quantities and touched. True where one has no price.
    bool add_usage(const Tariff& tariff, const Span& span, const DecodedRecord& record);
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
        const Origin origin = origin_of(meter);
        (origin == Origin::kUsage ? tariff.usage : tariff.counted).push_back({price, origin});
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

bool PriceBook::State::add_usage(const Tariff& tariff,
                                 const Span& span,
                                 const DecodedRecord& record) {
    const auto is_before = [](const MeterPrice& a, std::string_view meter) {
        return a.price->meter < meter;
    };
    const auto is_at = [&](size_t index, std::string_view meter) {
        return index < tariff.usage.size() && tariff.usage[index].price->meter == meter;
    };
    bool is_unpriced = false;
    for (uint32_t i = 0; i < span.usage_count; ++i) {
        const Usage& usage = record.usages[span.usage_begin + i];
        if (usage.quantity == 0) {
            continue;
        }
        size_t& guess = guesses[i % kGuesses];
        if (!is_at(guess, usage.meter)) {
            const auto found =
                std::lower_bound(tariff.usage.begin(), tariff.usage.end(), usage.meter, is_before);
            guess = static_cast<size_t>(found - tariff.usage.begin());
        }
        const size_t index = guess;
        if (!is_at(index, usage.meter)) {
            is_unpriced = true;
            continue;
        }
        if (quantities[index] == 0) {
            touched.push_back(index);
        }
        quantities[index] += usage.quantity;
    }
    return is_unpriced;
}

PricedSpan PriceBook::State::price_usage(const Span& span, const DecodedRecord& record) {
    const Tariff& tariff = find_tariff(span);
    PricedSpan priced;
    priced.is_unpriced = add_usage(tariff, span, record);
    Int128 sum = 0;  // at most kPricesMax times kSpanCostPicoMax
    const auto charge = [&](Uint128 quantity, const MeterPrice& meter) {
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
