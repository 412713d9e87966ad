#pragma once

#include <cstdint>
#include <optional>

#include "ingest/decoder.h"
#include "schemas/span.h"

namespace spantoll::ingest {

struct ValidationRules {
    int64_t future_tolerance_ms = 60'000;
    int64_t oldest_ms = 35LL * 24 * 3600 * 1000;
    bool accept_credits = false;
};

// What validation of one span depends on besides the span.
struct ValidationContext {
    int64_t now_ms = 0;        // append time, or the wall clock where the record has none
    int64_t watermark_ms = 0;  // W as it was before this span; kUnset while unset
};

// The first refusal that applies to a decoded span, in the order of Refusal from kNotDecodable on,
// all but "priced over 1e6 USD", which the price book tells (kCostTooLarge as well). Pure.
std::optional<Refusal> validate(const Span& span,
                                const DecodedRecord& record,
                                const ValidationRules& rules,
                                const ValidationContext& context);

// The part of the ladder that comes after pricing: kCurrencyUnknown, kQuantityInvalid, kNoAccount.
// validate() calls it itself where the span carries its own cost; for a span that is priced the
// caller prices between the two, so that kCostTooLarge keeps its place.
std::optional<Refusal> validate_after_cost(const Span& span, const DecodedRecord& record);

}  // namespace spantoll::ingest
