#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "schemas/dimension.h"
#include "schemas/money.h"

namespace spantoll {

// What `per` units of a meter cost, for the spans that match every named dimension.
// cost = quantity * usd / per, one 128-bit product, rounded once, half to even, per meter.
struct Price {
    // Only provider, model, service, operation and region may be set; empty = any.
    std::array<std::optional<std::string>, kDimensionCount> match;
    // A usage meter, or requests, duration_ms, ingress_bytes, egress_bytes.
    std::string meter;
    Money usd;        // 0 .. 1e6 USD
    int64_t per = 1;  // units, 1 .. kPricePerMax
    bool operator==(const Price&) const = default;
};

// Bounds that keep quantity (64 bits) x price within 127 bits, and per x 1000 (duration_ms is
// priced exactly from microseconds) within 63.
inline constexpr int64_t kPricePerMax = 1'000'000'000'000'000;
inline constexpr size_t kPricesMax = 10'000;

}  // namespace spantoll
