#include "ingest/validate.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "ingest/limits.h"
#include "ingest/naming.h"
#include "schemas/meter.h"
#include "schemas/money.h"
#include "schemas/text/printable.h"

namespace spantoll::ingest {
namespace {

bool has_own_cost(const Span& span) {
    return span.cost || span.cost_is_below_range || span.cost_is_above_range ||
           span.cost_is_not_a_number;
}

// The sign is checked after rounding: a cost that rounds to zero is not negative.
bool is_cost_negative(const Span& span) {
    if (span.is_credit) {
        return false;
    }
    return span.cost_is_below_range || (span.cost && *span.cost < Money());
}

bool is_cost_too_large(const Span& span) {
    if (span.cost_is_below_range || span.cost_is_above_range) {
        return true;
    }
    return span.cost && (*span.cost > Money::from_pico(kSpanCostPicoMax) ||
                         *span.cost < Money::from_pico(-kSpanCostPicoMax));
}

// True where the quantities of one meter add up to more than 64 bits. Only called where the sum
// over all meters does, so that an honest span costs one addition per quantity.
bool overflows_one_meter(std::span<const Usage> usages) {
    std::vector<Usage> sorted(usages.begin(), usages.end());
    std::sort(sorted.begin(), sorted.end(), [](const Usage& a, const Usage& b) {
        return a.meter < b.meter;
    });
    uint64_t sum = 0;
    for (size_t i = 0; i < sorted.size(); ++i) {
        if (i == 0 || sorted[i].meter != sorted[i - 1].meter) {
            sum = 0;
        }
        if (__builtin_add_overflow(sum, sorted[i].quantity, &sum)) {
            return true;
        }
    }
    return false;
}

bool are_usages_valid(std::span<const Usage> usages) {
    uint64_t sum = 0;
    bool overflows = false;
    for (const Usage& usage : usages) {
        if (is_reserved_meter(usage.meter) || !is_good_name(usage.meter)) {
            return false;
        }
        overflows |= __builtin_add_overflow(sum, usage.quantity, &sum);
    }
    return !overflows || !overflows_one_meter(usages);
}

std::string explain_time(int64_t time_ms) {
    // The plausible times of each unit follow from those of milliseconds.
    const int64_t magnitude = time_ms / 1000;
    const char* looks_like = "no unit that we know (seconds, microseconds, nanoseconds)";
    if (time_ms > kTimeMsMin / 1000 && time_ms < kTimeMsMax / 1000) {
        looks_like = "seconds";
    } else if (magnitude >= kTimeMsMin && magnitude < kTimeMsMax) {
        looks_like = "microseconds";
    } else if (magnitude / 1000 >= kTimeMsMin) {
        looks_like = "nanoseconds";
    }
    return fmt::format(
        "time_ms is {}, which looks like {}; write Unix epoch milliseconds, 1e12 < t < 1e13",
        time_ms,
        looks_like);
}

std::span<const Usage> usages_of(const Span& span, const DecodedRecord& record) {
    return std::span(record.usages).subspan(span.usage_begin, span.usage_count);
}

// For a cost that the JSON decoder did not explain, or that comes from prices.
std::string explain_cost(const Span& span, std::string_view fault) {
    return span.cost ? fmt::format("the cost, {} USD, {}", to_usd_text(*span.cost), fault)
                     : fmt::format("the cost, as the prices have it, {}", fault);
}

// Explains the usage that validate_after_cost() refuses.
std::string explain_meters(std::span<const Usage> usages) {
    constexpr size_t kShownBytesMax = 64;
    for (size_t i = 0; i < usages.size(); ++i) {
        const std::string_view meter = usages[i].meter;
        if (meter.empty()) {
            return fmt::format("usage[{}] has no meter: write its name, such as input_tokens", i);
        }
        const std::string_view part = meter.substr(0, kShownBytesMax);
        const std::string shown = fmt::format(
            "usage[{}].meter is \"{}\"{}",
            i,
            printable(part),
            meter.size() > part.size() ? fmt::format("... ({} bytes)", meter.size()) : "");
        if (is_reserved_meter(meter)) {
            return shown + ", which spantoll counts itself: write a name of your own";
        }
        if (!is_good_name(meter)) {
            return shown + ": write UTF-8 of up to 256 bytes without control characters";
        }
    }
    return "the quantities of one meter of usage add up to more than 18446744073709551615";
}

}  // namespace

std::optional<Refusal> validate(const Span& span,
                                const DecodedRecord& /*record*/,
                                const ValidationRules& rules,
                                const ValidationContext& context) {
    if (span.is_not_decodable) {
        return Refusal::kNotDecodable;
    }
    if (span.time_ms == 0) {
        return Refusal::kTimeMissing;
    }
    if (span.time_ms <= kTimeMsMin || span.time_ms >= kTimeMsMax) {
        return Refusal::kTimeNotMs;
    }
    if (span.time_ms - rules.future_tolerance_ms > context.now_ms) {
        return Refusal::kFuture;
    }
    if (context.watermark_ms != kUnset && span.time_ms + rules.oldest_ms < context.watermark_ms) {
        return Refusal::kTooOld;
    }
    if (is_cost_negative(span) || (span.is_credit && !rules.accept_credits)) {
        return Refusal::kCostNegative;
    }
    if (span.cost_is_not_a_number || (span.is_credit && !has_own_cost(span))) {
        return Refusal::kCostNotANumber;
    }
    if (is_cost_too_large(span)) {
        return Refusal::kCostTooLarge;
    }
    return std::nullopt;
}

std::optional<Refusal> validate_after_cost(const Span& span, const DecodedRecord& record) {
    if (span.currency_is_unknown) {
        return Refusal::kCurrencyUnknown;
    }
    if (span.quantity_is_invalid || !are_usages_valid(usages_of(span, record))) {
        return Refusal::kQuantityInvalid;
    }
    const bool has_account = std::any_of(span.dimensions.begin(),
                                         span.dimensions.end(),
                                         [](std::string_view value) { return !value.empty(); });
    return has_account ? std::nullopt : std::optional(Refusal::kNoAccount);
}

std::string explain(Refusal refusal, const DecodedRecord& record, size_t index) {
    if (record.fault.refusal == refusal && record.fault.index == index) {
        return record.fault.sentence;
    }
    const Span& span = record.spans[index];
    switch (refusal) {
        case Refusal::kTooLarge:
        case Refusal::kTooManySpans:
        case Refusal::kAmplified:
        case Refusal::kCrashed:
            return {};  // whole records have a reason of their own
        case Refusal::kNotDecodable:
            return "the span is not an object, or a field has no value of its type";
        case Refusal::kTimeMissing:
            return "time_ms is missing: write when the work ended, in Unix epoch milliseconds";
        case Refusal::kTimeNotMs:
            return explain_time(span.time_ms);
        case Refusal::kFuture:
            return fmt::format(
                "time_ms is {}, which is after the record's own time and the "
                "tolerance: write when the work ended, and set the clock",
                span.time_ms);
        case Refusal::kTooOld:
            return fmt::format(
                "time_ms is {}, which is further behind the watermark than "
                "time.oldest: replay old spans into a store of their own",
                span.time_ms);
        case Refusal::kCostNegative:
            return span.is_credit
                       ? "credits are off: set accounts.accept_credits to take them"
                       : explain_cost(span,
                                      "is negative, and the span is not a credit: write 0 or "
                                      "more, or is_credit where it is a refund");
        case Refusal::kCostNotANumber:
            return has_own_cost(span) ? "the cost is not a number in JSON's syntax"
                                      : "a credit must carry its cost";
        case Refusal::kCostTooLarge:
            return explain_cost(span, "is too large: a span costs at most 1000000 USD");
        case Refusal::kCurrencyUnknown:
            return "cost_currency must be USD";
        case Refusal::kQuantityInvalid:
            return explain_meters(usages_of(span, record));
        case Refusal::kNoAccount:
            return "the span has none of the members that accounts are made of: write one of "
                   "domain, service, operation, commit, activity, region, provider, model, "
                   "virtual_key, team, customer, user, session, end_user";
    }
    return {};
}

}  // namespace spantoll::ingest
