#include <array>

#include <fmt/format.h>

#include "schemas/text/json_writer.h"
#include "tools/feed/feed_encoder.h"

namespace spantoll::tools {
namespace {

// Most spans are shorter.
constexpr size_t kSpanBytes = 512;

// Writes a span as an object. Members with their default value are left out.
class SpanObject {
  public:
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            json_.add_text(name, value);
        }
    }
    void number(std::string_view name, uint64_t value) {
        if (value != 0) {
            json_.add(name, value);
        }
    }
    void flag(std::string_view name, bool value) {
        if (value) {
            json_.add_flag(name, true);
        }
    }
    JsonObject& json() { return json_; }

  private:
    JsonObject json_{kSpanBytes};
};

std::string usages_json(const FeedBatch& batch, const FeedSpan& span) {
    JsonArray json;
    for (uint32_t i = 0; i < span.span.usage_count; ++i) {
        const Usage& usage = batch.usages[span.span.usage_begin + i];
        SpanObject object;
        object.text("meter", usage.meter);
        json.add_json(object.json().add("quantity", usage.quantity).str());
    }
    return json.str();
}

std::string attributes_json(const FeedBatch& batch, const FeedSpan& span) {
    JsonArray json;
    for (uint32_t i = 0; i < span.attribute_count; ++i) {
        const FeedAttribute& attribute = batch.attributes[span.attribute_begin + i];
        SpanObject object;
        object.text("key", attribute.key);
        object.text("value", attribute.value);
        json.add_json(object.json().str());
    }
    return json.str();
}

constexpr std::array<std::string_view, 3> kStatusNames{"", "ok", "error"};
constexpr std::array<std::string_view, 3> kDirectionNames{"", "inbound", "outbound"};

void add_identity(const Span& span, SpanObject& members) {
    if (span.trace_id != TraceId{}) {
        members.text("trace_id",
                     fmt::format("{:016x}{:016x}", span.trace_id.high, span.trace_id.low));
    }
    if (span.span_id != 0) {
        members.text("span_id", fmt::format("{:016x}", span.span_id));
    }
    members.number("sequence", span.sequence);
}

}  // namespace

void append_json(const FeedBatch& batch, const FeedSpan& from, std::string& out) {
    const Span& span = from.span;
    SpanObject members;
    add_identity(span, members);
    if (span.time_ms != 0) {
        members.json().add("time_ms", span.time_ms);
    }
    members.number("duration_us", span.duration_us);
    members.text("status", kStatusNames[static_cast<size_t>(span.status)]);
    for (size_t i = 0; i < kDimensionCount; ++i) {
        members.text(kDimensionNames[i], span.dimensions[i]);
    }
    members.text("direction", kDirectionNames[static_cast<size_t>(span.direction)]);
    members.text("request_id", from.request_id);
    members.number("ingress_bytes", span.ingress_bytes);
    members.number("egress_bytes", span.egress_bytes);
    if (span.usage_count > 0) {
        members.json().add_json("usage", usages_json(batch, from));
    }
    if (span.cost) {
        members.json().add("cost_pico_usd", span.cost->pico());
    }
    members.flag("is_credit", span.is_credit);
    members.flag("is_streaming", span.is_streaming);
    members.flag("is_final_chunk", span.is_final_chunk);
    if (span.is_streaming) {
        members.json().add_flag("has_usage_data", span.has_usage_data);
    }
    if (from.attribute_count > 0) {
        members.json().add_json("attributes", attributes_json(batch, from));
    }
    members.number("http_status", span.http_status);
    members.text("error_type", span.error_type);
    members.text("service_tier", span.service_tier);
    members.json().append_to(out);
}

}  // namespace spantoll::tools
