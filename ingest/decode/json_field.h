#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "schemas/dimension.h"

namespace spantoll::ingest {

// The members of a JSON span. The first are the dimensions, numbered as in Dimension.
enum class JsonField : uint8_t {
    kTraceId = kDimensionCount,
    kSpanId,
    kSequence,
    kTimeMs,
    kTimestamp,
    kDurationUs,
    kStatus,
    kDirection,
    kRequestId,
    kIngressBytes,
    kEgressBytes,
    kUsage,
    kCostPicoUsd,
    kCostUsd,
    kCostAmount,
    kCostCurrency,
    kIsCredit,
    kIsStreaming,
    kIsFinalChunk,
    kHasUsageData,
    kAttributes,
    kHttpStatus,
    kErrorType,
    kServiceTier,
    kResourceSpans,
    kUnknown,
};
inline constexpr size_t kJsonFieldCount = static_cast<size_t>(JsonField::kUnknown);

constexpr bool is_dimension(JsonField field) {
    return static_cast<size_t>(field) < kDimensionCount;
}

// The name of the member; `field` must not be kUnknown.
std::string_view name_of(JsonField field);

// The member with this name; kUnknown where there is none.
JsonField json_field_named(std::string_view name);

}  // namespace spantoll::ingest
