#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// A record that was refused, whole or in some of its spans: what is kept of it and sent on.
struct DeadLetter {
    uint64_t sequence = 0;  // its place among all decisions and dead letters
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
    std::vector<std::pair<uint32_t, Refusal>> refused;  // (index in the record, reason); not empty
    uint64_t size = 0;                                  // of the record; `bytes` may be cut
    std::string bytes;
    std::string content_type;
    std::string detail;  // one sentence, may be empty
};

// Whether the record was refused because the process died at it.
inline bool has_crashed(const DeadLetter& letter) {
    return !letter.refused.empty() && letter.refused.front().second == Refusal::kCrashed;
}

}  // namespace spantoll
