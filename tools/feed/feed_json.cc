#include <array>
#include <iterator>

#include <fmt/format.h>

#include "tools/feed/feed_encoder.h"

namespace spantoll::tools {
namespace {

// The object that is being written: members with their commas.
class JsonMembers {
  public:
    explicit JsonMembers(std::string& out) : out_(out) { out_ += '{'; }
    ~JsonMembers() { out_ += '}'; }
    JsonMembers(const JsonMembers&) = delete;
    JsonMembers& operator=(const JsonMembers&) = delete;

    // Begins a member; its value is for the caller to append.
    std::string& name(std::string_view name) {
        out_ += is_first_ ? "\"" : ",\"";
        is_first_ = false;
        out_ += name;
        out_ += "\":";
        return out_;
    }
    void text(std::string_view name, std::string_view value);
    void number(std::string_view member, uint64_t value) {
        if (value != 0) {
            fmt::format_to(std::back_inserter(name(member)), "{}", value);
        }
    }
    void flag(std::string_view member, bool value) {
        if (value) {
            name(member) += "true";
        }
    }

  private:
    std::string& out_;
    bool is_first_ = true;
};

void append_quoted(std::string_view value, std::string& out) {
    out += '"';
    for (const char byte : value) {
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += byte;
        } else if (static_cast<unsigned char>(byte) < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(byte));
        } else {
            out += byte;
        }
    }
    out += '"';
}

void JsonMembers::text(std::string_view member, std::string_view value) {
    if (!value.empty()) {
        append_quoted(value, name(member));
    }
}

void append_usages(const FeedBatch& batch, const FeedSpan& span, std::string& out) {
    out += '[';
    for (uint32_t i = 0; i < span.span.usage_count; ++i) {
        const Usage& usage = batch.usages[span.span.usage_begin + i];
        out += i == 0 ? "" : ",";
        JsonMembers members(out);
        members.text("meter", usage.meter);
        fmt::format_to(std::back_inserter(members.name("quantity")), "{}", usage.quantity);
    }
    out += ']';
}

void append_attributes(const FeedBatch& batch, const FeedSpan& span, std::string& out) {
    out += '[';
    for (uint32_t i = 0; i < span.attribute_count; ++i) {
        const FeedAttribute& attribute = batch.attributes[span.attribute_begin + i];
        out += i == 0 ? "" : ",";
        JsonMembers members(out);
        members.text("key", attribute.key);
        members.text("value", attribute.value);
    }
    out += ']';
}

constexpr std::array<std::string_view, 3> kStatusNames{"", "ok", "error"};
constexpr std::array<std::string_view, 3> kDirectionNames{"", "inbound", "outbound"};

void append_identity(const Span& span, JsonMembers& members) {
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
    JsonMembers members(out);
    append_identity(span, members);
    if (span.time_ms != 0) {
        fmt::format_to(std::back_inserter(members.name("time_ms")), "{}", span.time_ms);
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
        append_usages(batch, from, members.name("usage"));
    }
    if (span.cost) {
        members.name("cost_pico_usd") += to_text(span.cost->pico());
    }
    members.flag("is_credit", span.is_credit);
    members.flag("is_streaming", span.is_streaming);
    members.flag("is_final_chunk", span.is_final_chunk);
    if (span.is_streaming) {
        members.name("has_usage_data") += span.has_usage_data ? "true" : "false";
    }
    if (from.attribute_count > 0) {
        append_attributes(batch, from, members.name("attributes"));
    }
}

}  // namespace spantoll::tools
