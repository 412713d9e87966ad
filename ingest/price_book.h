#pragma once

#include <memory>
#include <vector>

#include "ingest/decoded_record.h"
#include "schemas/price.h"
#include "schemas/span.h"

namespace spantoll::ingest {

struct PricedSpan {
    Money cost;                 // what is charged; zero where usage is not charged
    bool is_unpriced = false;   // no cost of its own and a usage meter above 0 without a price
    bool is_too_large = false;  // over kSpanCostPicoMax: the span is refused
};

// Prices by (provider, model, service, operation as normalised, region). A price may leave out any
// of them; for each meter the one that names most wins, of equals the later one. A meter named
// twice in a span is added up first. What a combination of the five costs is looked up once and
// cached: texts that no price names are all one, so strangers' names cannot fill the cache; it is
// bounded besides. Thread: one.
class PriceBook {
  public:
    explicit PriceBook(std::vector<Price> prices);
    ~PriceBook();
    PriceBook(const PriceBook&) = delete;
    PriceBook& operator=(const PriceBook&) = delete;

    // The cost of a decoded span: its own, or priced from usage, or zero where usage is not
    // charged. `requests` prices 1 per request, `duration_ms` exactly from duration_us.
    PricedSpan price(const Span& span, const DecodedRecord& record);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
