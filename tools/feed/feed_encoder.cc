#include "tools/feed/feed_encoder.h"

#include <absl/container/flat_hash_map.h>
#include <limits>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "schemas/check.h"
#include "schemas/generated/span_generated.h"

namespace spantoll::tools {
namespace {

using Text = flatbuffers::Offset<flatbuffers::String>;

// Longer texts rarely repeat, and looking them up costs more than writing them.
constexpr size_t kSharedTextBytesMax = 64;

int64_t wire_cost(Money cost) {
    const Int128 pico = cost.pico();
    CHECK(
        pico >= std::numeric_limits<int64_t>::min() && pico <= std::numeric_limits<int64_t>::max(),
        "who makes spans keeps their costs within the wire's 64 bits");
    return static_cast<int64_t>(pico);
}

}  // namespace

struct FeedEncoder::FlatBuffers {
    flatbuffers::FlatBufferBuilder builder{64u << 10};
    absl::flat_hash_map<std::string_view, Text> texts;  // of this batch
    std::vector<flatbuffers::Offset<wire::Span>> spans;
    std::vector<flatbuffers::Offset<wire::Usage>> usages;
    std::vector<flatbuffers::Offset<wire::Attribute>> attributes;

    Text text(std::string_view value);
    void list_parts(const FeedBatch& batch, const FeedSpan& from);
    flatbuffers::Offset<wire::Span> span(const FeedBatch& batch, const FeedSpan& from);
};

Text FeedEncoder::FlatBuffers::text(std::string_view value) {
    if (value.empty()) {
        return {};
    }
    if (value.size() > kSharedTextBytesMax) {
        return builder.CreateString(value.data(), value.size());
    }
    const auto [entry, is_new] = texts.try_emplace(value);
    if (is_new) {
        entry->second = builder.CreateString(value.data(), value.size());
    }
    return entry->second;
}

// Its usages and attributes.
void FeedEncoder::FlatBuffers::list_parts(const FeedBatch& batch, const FeedSpan& from) {
    usages.clear();
    for (uint32_t i = 0; i < from.span.usage_count; ++i) {
        const Usage& usage = batch.usages[from.span.usage_begin + i];
        usages.push_back(wire::CreateUsage(builder, text(usage.meter), usage.quantity));
    }
    attributes.clear();
    for (uint32_t i = 0; i < from.attribute_count; ++i) {
        const FeedAttribute& attribute = batch.attributes[from.attribute_begin + i];
        const Text key = text(attribute.key);
        attributes.push_back(wire::CreateAttribute(builder, key, text(attribute.value)));
    }
}

flatbuffers::Offset<wire::Span> FeedEncoder::FlatBuffers::span(const FeedBatch& batch,
                                                               const FeedSpan& from) {
    const Span& span = from.span;
    list_parts(batch, from);
    const auto usage_vector = usages.empty() ? 0 : builder.CreateVector(usages);
    const auto attribute_vector = attributes.empty() ? 0 : builder.CreateVector(attributes);
    std::array<Text, kDimensionCount> names;
    for (size_t i = 0; i < kDimensionCount; ++i) {
        names[i] = text(span.dimensions[i]);
    }
    const auto name = [&names](Dimension dimension) {
        return names[static_cast<size_t>(dimension)];
    };
    const Text request_id = from.request_id.empty() ? Text()
                                                    : builder.CreateString(from.request_id.data(),
                                                                           from.request_id.size());
    const Text error_type = text(span.error_type);
    const Text service_tier = text(span.service_tier);
    const wire::TraceId trace_id(span.trace_id.high, span.trace_id.low);

    wire::SpanBuilder out(builder);
    if (span.trace_id != TraceId{}) {
        out.add_trace_id(&trace_id);
    }
    out.add_span_id(span.span_id);
    out.add_sequence(span.sequence);
    out.add_time_ms(span.time_ms);
    out.add_duration_us(span.duration_us);
    out.add_status(static_cast<wire::Status>(span.status));
    out.add_service(name(Dimension::kService));
    out.add_operation(name(Dimension::kOperation));
    out.add_domain(name(Dimension::kDomain));
    out.add_direction(static_cast<wire::Direction>(span.direction));
    out.add_activity(name(Dimension::kActivity));
    out.add_region(name(Dimension::kRegion));
    out.add_commit(name(Dimension::kCommit));
    out.add_provider(name(Dimension::kProvider));
    out.add_model(name(Dimension::kModel));
    out.add_virtual_key(name(Dimension::kVirtualKey));
    out.add_team(name(Dimension::kTeam));
    out.add_customer(name(Dimension::kCustomer));
    out.add_user(name(Dimension::kUser));
    out.add_request_id(request_id);
    out.add_ingress_bytes(span.ingress_bytes);
    out.add_egress_bytes(span.egress_bytes);
    out.add_usage(usage_vector);
    if (span.cost) {
        out.add_cost_pico_usd(wire_cost(*span.cost));
    }
    out.add_is_credit(span.is_credit);
    out.add_is_streaming(span.is_streaming);
    out.add_is_final_chunk(span.is_final_chunk);
    if (span.is_streaming) {
        out.add_has_usage_data(span.has_usage_data);
    }
    out.add_attributes(attribute_vector);
    out.add_session(name(Dimension::kSession));
    out.add_end_user(name(Dimension::kEndUser));
    out.add_http_status(span.http_status);
    out.add_error_type(error_type);
    out.add_service_tier(service_tier);
    return out.Finish();
}

FeedEncoder::FeedEncoder(Format format, Framing framing)
    : format_(format), framing_(framing), flatbuffers_(std::make_unique<FlatBuffers>()) {}
FeedEncoder::~FeedEncoder() = default;

std::string_view FeedEncoder::encode(const FeedBatch& batch) {
    CHECK(!batch.spans.empty(), "a record holds at least one span");
    if (format_ == Format::kFlatBuffers) {
        return encode_flatbuffers(batch);
    }
    text_.clear();
    if (batch.spans.size() > 1) {
        text_ += '[';
    }
    for (const FeedSpan& span : batch.spans) {
        if (&span != batch.spans.data()) {
            text_ += ',';
        }
        append_json(batch, span, text_);
    }
    if (batch.spans.size() > 1) {
        text_ += ']';
    }
    if (framing_ == Framing::kLine) {
        text_ += '\n';
    }
    return text_;
}

std::string_view FeedEncoder::encode_flatbuffers(const FeedBatch& batch) {
    FlatBuffers& state = *flatbuffers_;
    state.builder.Clear();
    state.texts.clear();
    state.spans.clear();
    for (const FeedSpan& span : batch.spans) {
        state.spans.push_back(state.span(batch, span));
    }
    const auto root = wire::CreateSpanBatch(state.builder, state.builder.CreateVector(state.spans));
    if (framing_ == Framing::kSizePrefix) {
        wire::FinishSizePrefixedSpanBatchBuffer(state.builder, root);
    } else {
        wire::FinishSpanBatchBuffer(state.builder, root);
    }
    const auto bytes = state.builder.GetBufferSpan();
    return {static_cast<const char*>(static_cast<const void*>(bytes.data())), bytes.size()};
}

std::string_view FeedEncoder::frame(std::string_view bytes) {
    text_.clear();
    if (framing_ == Framing::kSizePrefix) {
        for (size_t i = 0; i < sizeof(uint32_t); ++i) {
            text_ += static_cast<char>((bytes.size() >> (8 * i)) & 0xffU);
        }
    }
    text_ += bytes;
    if (framing_ == Framing::kLine) {
        text_ += '\n';
    }
    return text_;
}

}  // namespace spantoll::tools
