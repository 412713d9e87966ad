#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ingest/decoded_record.h"
#include "schemas/price.h"
#include "schemas/span.h"

namespace spantoll::ingest {

struct PricedSpan {
    Money cost;                 // the charge; zero where usage is not charged
    bool is_unpriced = false;   // no own cost, and a usage meter above 0 has no price
    bool is_too_large = false;  // over kSpanCostPicoMax: the span is refused
};

// What the prices say of a span's usage as such, whatever its quantities.
enum class UsagePrice : uint8_t {
    kFree,      // every meter has a price, and each is 0
    kPriced,    // every meter has a price
    kUnpriced,  // a meter has none
};

// Prices by (provider, model, service, normalised operation, region). A price may leave any of them
// out. For each meter the price that names most of them wins; among equals the later one wins.
// Quantities of a meter that a span names twice are added first.
//
// The prices of a combination of the five are looked up once and cached. All texts that no price
// names count as the same text, so names invented by strangers cannot fill the cache; it is also
// bounded. Thread: one.
class PriceBook {
  public:
    explicit PriceBook(std::vector<Price> prices);
    ~PriceBook();
    PriceBook(const PriceBook&) = delete;
    PriceBook& operator=(const PriceBook&) = delete;

    // The cost of a decoded span: its own cost, or a price computed from its usage, or zero where
    // usage is not charged. A price of `requests` counts 1 per request; a price of `duration_ms` is
    // computed exactly from duration_us.
    PricedSpan price(const Span& span, const DecodedRecord& record);
    // Of the meters of its usage alone.
    UsagePrice usage_price(const Span& span, const DecodedRecord& record);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
