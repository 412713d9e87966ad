#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace spantoll {

// What a limit or a rolling counter counts.
enum class MeterKind : uint8_t {
    kUsd,
    kRequests,
    kTokens,  // input_tokens + output_tokens
    kIngressBytes,
    kEgressBytes,
    kUsage,  // a usage meter, by name
};

struct Meter {
    MeterKind kind = MeterKind::kUsd;
    std::string usage;          // kUsage alone
    bool skips_failed = false;  // counts no span with status error
    auto operator<=>(const Meter&) const = default;
};

inline constexpr std::string_view kInputTokens = "input_tokens";
inline constexpr std::string_view kOutputTokens = "output_tokens";

// Names that no usage meter of a span may have.
inline constexpr std::array<std::string_view, 6> kReservedMeterNames{
    "usd", "requests", "tokens", "duration_ms", "ingress_bytes", "egress_bytes"};

constexpr bool is_reserved_meter(std::string_view name) {
    for (const std::string_view reserved : kReservedMeterNames) {
        if (reserved == name) {
            return true;
        }
    }
    return false;
}

// How a counter is called: as its meter, or "<meter>_ok" where it skips what failed.
std::string counter_name(const Meter& meter);

// Of the meter, whatever it skips: "usd", "requests", "tokens", "ingress_bytes", "egress_bytes" or
// the usage meter's own name.
std::string_view name_of(const Meter& meter);

// The inverse. Any other name is a usage meter; `duration_ms` is for pricing only and is for the
// caller to refuse.
Meter meter_named(std::string_view name);

}  // namespace spantoll
