#include "schemas/meter.h"

#include <utility>

namespace spantoll {
namespace {

constexpr std::array<std::pair<std::string_view, MeterKind>, 5> kMeterNames{
    {{"usd", MeterKind::kUsd},
     {"requests", MeterKind::kRequests},
     {"tokens", MeterKind::kTokens},
     {"ingress_bytes", MeterKind::kIngressBytes},
     {"egress_bytes", MeterKind::kEgressBytes}}};

}  // namespace

std::string counter_name(const Meter& meter) {
    return std::string(name_of(meter)) + (meter.skips_failed ? "_ok" : "");
}

std::string_view name_of(const Meter& meter) {
    for (const auto& [name, kind] : kMeterNames) {
        if (kind == meter.kind) {
            return name;
        }
    }
    return meter.usage;
}

Meter meter_named(std::string_view name) {
    for (const auto& [known, kind] : kMeterNames) {
        if (known == name) {
            return Meter{kind, {}};
        }
    }
    return Meter{MeterKind::kUsage, std::string(name)};
}

}  // namespace spantoll
