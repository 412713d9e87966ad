#include "ingest/decode/json_field.h"

namespace spantoll::ingest {
namespace {

constexpr std::array<std::string_view, kJsonFieldCount> names() {
    std::array<std::string_view, kJsonFieldCount> all{};
    for (size_t i = 0; i < kDimensionCount; ++i) {
        all[i] = kDimensionNames[i];
    }
    const auto put = [&all](JsonField field, std::string_view name) {
        all[static_cast<size_t>(field)] = name;
    };
    put(JsonField::kTraceId, "trace_id");
    put(JsonField::kSpanId, "span_id");
    put(JsonField::kSequence, "sequence");
    put(JsonField::kTimeMs, "time_ms");
    put(JsonField::kTimestamp, "timestamp");
    put(JsonField::kDurationUs, "duration_us");
    put(JsonField::kStatus, "status");
    put(JsonField::kDirection, "direction");
    put(JsonField::kRequestId, "request_id");
    put(JsonField::kIngressBytes, "ingress_bytes");
    put(JsonField::kEgressBytes, "egress_bytes");
    put(JsonField::kUsage, "usage");
    put(JsonField::kCostPicoUsd, "cost_pico_usd");
    put(JsonField::kCostUsd, "cost_usd");
    put(JsonField::kCostAmount, "cost_amount");
    put(JsonField::kCostCurrency, "cost_currency");
    put(JsonField::kIsCredit, "is_credit");
    put(JsonField::kIsStreaming, "is_streaming");
    put(JsonField::kIsFinalChunk, "is_final_chunk");
    put(JsonField::kHasUsageData, "has_usage_data");
    put(JsonField::kAttributes, "attributes");
    put(JsonField::kHttpStatus, "http_status");
    put(JsonField::kErrorType, "error_type");
    put(JsonField::kServiceTier, "service_tier");
    put(JsonField::kResourceSpans, "resourceSpans");
    return all;
}

constexpr std::array<std::string_view, kJsonFieldCount> kNames = names();

// A closed hash table, built at compile time. Two of three slots are free, so most lookups, hit or
// miss, need one probe.
constexpr size_t kSlots = 128;

constexpr size_t slot_of(std::string_view name) {
    const auto byte = [&name](size_t i) { return size_t{static_cast<unsigned char>(name[i])}; };
    return (name.size() * 7 + byte(0) * 3 + byte(name.size() / 2) * 13 + byte(name.size() - 1)) %
           kSlots;
}

constexpr std::array<JsonField, kSlots> make_table() {
    std::array<JsonField, kSlots> table{};
    table.fill(JsonField::kUnknown);
    for (size_t i = 0; i < kJsonFieldCount; ++i) {
        size_t slot = slot_of(kNames[i]);
        while (table[slot] != JsonField::kUnknown) {
            slot = (slot + 1) % kSlots;
        }
        table[slot] = static_cast<JsonField>(i);
    }
    return table;
}

constexpr std::array<JsonField, kSlots> kTable = make_table();

}  // namespace

std::string_view name_of(JsonField field) {
    return kNames[static_cast<size_t>(field)];
}

JsonField json_field_named(std::string_view name) {
    if (name.empty()) {
        return JsonField::kUnknown;
    }
    for (size_t slot = slot_of(name); kTable[slot] != JsonField::kUnknown;
         slot = (slot + 1) % kSlots) {
        if (kNames[static_cast<size_t>(kTable[slot])] == name) {
            return kTable[slot];
        }
    }
    return JsonField::kUnknown;
}

}  // namespace spantoll::ingest
