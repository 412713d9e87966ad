#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace spantoll {

// Why a span or a whole record is refused, in the order in which they are judged: the first that
// applies is the reason. The first four refuse the whole record, and so does the last, which comes
// before all others: such a record is not even decoded.
enum class Refusal : uint8_t {
    kTooLarge,
    kNotDecodable,
    kTooManySpans,
    kAmplified,
    kTimeMissing,
    kTimeNotMs,
    kFuture,
    kTooOld,
    kCostNegative,
    kCostNotANumber,
    kCostTooLarge,
    kCurrencyUnknown,
    kQuantityInvalid,
    kNoAccount,
    kCrashed,  // the process died at this record again and again
};
inline constexpr size_t kRefusalCount = 15;

inline constexpr std::array<std::string_view, kRefusalCount> kRefusalNames{"too_large",
                                                                           "not_decodable",
                                                                           "too_many_spans",
                                                                           "amplified",
                                                                           "time_missing",
                                                                           "time_not_ms",
                                                                           "future",
                                                                           "too_old",
                                                                           "cost_negative",
                                                                           "cost_not_a_number",
                                                                           "cost_too_large",
                                                                           "currency_unknown",
                                                                           "quantity_invalid",
                                                                           "no_account",
                                                                           "crashed"};

constexpr std::string_view name_of(Refusal refusal) {
    return kRefusalNames[static_cast<size_t>(refusal)];
}

}  // namespace spantoll
