#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ingest/decoded_record.h"
#include "schemas/span.h"

namespace spantoll::ingest {

struct ValidationRules {
    int64_t future_tolerance_ms = 60'000;
    int64_t oldest_ms = 35LL * 24 * 3600 * 1000;
    bool accept_credits = false;
};

// What the validation of a span depends on, apart from the span.
struct ValidationContext {
    int64_t now_ms = 0;        // append time of the record, else the wall clock
    int64_t watermark_ms = 0;  // W before this span; kUnset while there is none
};

// The first refusal that applies to a decoded span, in the order of Refusal, up to kCostTooLarge
// for a cost of its own. The caller then prices the span, whose price may be kCostTooLarge as well,
// and calls validate_after_cost() for the remaining reasons. Both functions are pure, and neither
// allocates for a span that an honest producer made.
std::optional<Refusal> validate(const Span& span,
                                const DecodedRecord& record,
                                const ValidationRules& rules,
                                const ValidationContext& context);

// The remaining reasons: kCurrencyUnknown, kQuantityInvalid, kNoAccount.
std::optional<Refusal> validate_after_cost(const Span& span, const DecodedRecord& record);

// One sentence for the detail of the dead letter, about the span at `index` of a record: it names
// the member, the value found there, and what would be right.
std::string explain(Refusal refusal, const DecodedRecord& record, size_t index);

}  // namespace spantoll::ingest
