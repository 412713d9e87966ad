#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/dimension.h"
#include "schemas/event_time.h"
#include "schemas/int128.h"
#include "schemas/money.h"
#include "schemas/refusal.h"

namespace spantoll {

enum class Status : uint8_t { kUnspecified = 0, kOk = 1, kError = 2 };
enum class Direction : uint8_t { kNone = 0, kInbound = 1, kOutbound = 2 };

// A quantity of one usage meter. `meter` is empty where the record left it out.
struct Usage {
    std::string_view meter;
    uint64_t quantity = 0;
};

// 128 bits of identity, big-endian halves: the first 16 hex digits of the id are `high`.
struct TraceId {
    uint64_t high = 0;
    uint64_t low = 0;
    constexpr auto operator<=>(const TraceId&) const = default;
};

// One span as decoded, before it is validated: fields of the wire schema, plus what a decoder
// found wrong and validation judges in its turn. Texts point into the record or into the
// DecodedRecord that holds the span.
struct Span {
    TraceId trace_id;
    uint64_t span_id = 0;
    uint32_t sequence = 0;
    int64_t time_ms = 0;  // when the work ended; 0 = missing
    uint64_t duration_us = 0;
    Status status = Status::kUnspecified;
    Direction direction = Direction::kNone;
    std::array<std::string_view, kDimensionCount> dimensions;  // by Dimension; empty = absent
    std::string_view error_type;                               // these three are for others to use
    std::string_view service_tier;
    uint16_t http_status = 0;  // 0 = unknown
    uint64_t ingress_bytes = 0;
    uint64_t egress_bytes = 0;
    uint32_t usage_begin = 0;  // index into DecodedRecord::usages; one meter may stand twice
    uint32_t usage_count = 0;
    std::optional<Money> cost;  // the producer's; empty = price it from usage
    bool is_credit = false;
    bool is_streaming = false;
    bool is_final_chunk = false;
    bool has_usage_data = true;  // absent counts as true
    bool is_clamped = false;     // time_ms was too far after the append time, which it is now

    // What the decoder saw, for validate() to name in the order of Refusal.
    bool is_not_decodable = false;     // a JSON span with a field of the wrong type
    bool cost_is_below_range = false;  // a number below -1e13 USD
    bool cost_is_above_range = false;
    bool cost_is_not_a_number = false;
    bool currency_is_unknown = false;  // told only where a cost is given
    bool quantity_is_invalid = false;

    std::string_view dimension(Dimension d) const { return dimensions[static_cast<size_t>(d)]; }
    // A request: no credit and, if streamed, final.
    bool is_request() const { return !is_credit && (!is_streaming || is_final_chunk); }
    // False on a streamed span that carries only a running total.
    bool is_usage_charged() const { return !is_streaming || has_usage_data; }
    bool has_identity() const { return trace_id != TraceId{} && span_id != 0; }
};

}  // namespace spantoll
