#include "ingest/decode_flatbuffers.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <flatbuffers/flatbuffers.h>

#include "ingest/decode_flatbuffers_table.h"
#include "ingest/limits.h"
#include "schemas/generated/span_generated.h"

namespace spantoll::ingest {
namespace {

using flatbuffers::uoffset_t;
using flatbuffers::voffset_t;

struct DimensionField {
    voffset_t field;
    Dimension dimension;
};

constexpr DimensionField kDimensionFields[kDimensionCount]{
    {wire::Span::VT_SERVICE, Dimension::kService},
    {wire::Span::VT_OPERATION, Dimension::kOperation},
    {wire::Span::VT_DOMAIN, Dimension::kDomain},
    {wire::Span::VT_ACTIVITY, Dimension::kActivity},
    {wire::Span::VT_REGION, Dimension::kRegion},
    {wire::Span::VT_COMMIT, Dimension::kCommit},
    {wire::Span::VT_PROVIDER, Dimension::kProvider},
    {wire::Span::VT_MODEL, Dimension::kModel},
    {wire::Span::VT_VIRTUAL_KEY, Dimension::kVirtualKey},
    {wire::Span::VT_TEAM, Dimension::kTeam},
    {wire::Span::VT_CUSTOMER, Dimension::kCustomer},
    {wire::Span::VT_USER, Dimension::kUser},
};

bool read_usage(Claims& claims, const uint8_t* at, Usage& usage) {
    TableReader table(claims, claims.follow(at));
    if (!table.begin() || !table.text(wire::Usage::VT_METER, usage.meter) ||
        !table.scalar(wire::Usage::VT_QUANTITY, usage.quantity)) {
        return false;
    }
    table.end();
    return true;
}

// Attributes are kept by nobody here, but must be sound and are paid for.
bool pass_attribute(Claims& claims, const uint8_t* at) {
    TableReader table(claims, claims.follow(at));
    std::string_view unused;
    if (!table.begin() || !table.text(wire::Attribute::VT_KEY, unused) ||
        !table.text(wire::Attribute::VT_VALUE, unused)) {
        return false;
    }
    table.end();
    return true;
}

// Reads a SpanBatch into `out`.
class BatchReader {
  public:
    BatchReader(std::string_view bytes, Lead lead, DecodedRecord& out)
        : claims_(bytes, lead), out_(out) {}

    void read() {
        TableReader batch(claims_, claims_.root());
        TableReader::Offsets spans;
        if (!batch.begin() || !batch.offsets(wire::SpanBatch::VT_SPANS, spans)) {
            return refuse();
        }
        if (spans.count == 0) {
            return out_.refuse(Refusal::kNotDecodable, "a batch without spans");
        }
        is_kept_ = spans.count <= kSpansPerRecordMax;
        for (uoffset_t i = 0; i < spans.count; ++i) {
            if (!read_span(spans.at(i))) {
                return refuse();
            }
        }
        if (!is_kept_) {
            refuse_too_many();
        }
    }

  private:
    void refuse() {
        if (!claims_.is_exhausted()) {
            return out_.refuse(Refusal::kNotDecodable, "the FlatBuffers verifier refuses it");
        }
        if (!is_kept_) {
            return refuse_too_many();
        }
        out_.refuse(Refusal::kAmplified,
                    "its strings and vectors, as often as they are referred to, are over 16 times "
                    "the record");
    }

    void refuse_too_many() {
        out_.refuse(Refusal::kTooManySpans, "a record may have 10,000 spans");
    }

    bool read_span(const uint8_t* at) {
        if (!is_kept_) {
            out_.spans.clear();  // still verified, because kNotDecodable comes first
            out_.usages.clear();
        }
        TableReader table(claims_, claims_.follow(at));
        Span& span = out_.spans.emplace_back();
        if (!table.begin() || !read_scalars(table, span) || !read_texts(table, span) ||
            !read_usages(table, span) || !pass_attributes(table)) {
            return false;
        }
        table.end();
        return true;
    }

    static bool read_scalars(const TableReader& table, Span& span) {
        using Field = wire::Span;
        uint8_t status = 0;
        uint8_t direction = 0;
        int64_t cost = 0;
        const bool is_sound = table.trace_id(Field::VT_TRACE_ID, span.trace_id) &&
                              table.scalar(Field::VT_SPAN_ID, span.span_id) &&
                              table.scalar(Field::VT_SEQUENCE, span.sequence) &&
                              table.scalar(Field::VT_TIME_MS, span.time_ms) &&
                              table.scalar(Field::VT_DURATION_US, span.duration_us) &&
                              table.scalar(Field::VT_STATUS, status) &&
                              table.scalar(Field::VT_DIRECTION, direction) &&
                              table.scalar(Field::VT_INGRESS_BYTES, span.ingress_bytes) &&
                              table.scalar(Field::VT_EGRESS_BYTES, span.egress_bytes) &&
                              table.scalar(Field::VT_COST_PICO_USD, cost) &&
                              table.flag(Field::VT_IS_CREDIT, span.is_credit) &&
                              table.flag(Field::VT_IS_STREAMING, span.is_streaming) &&
                              table.flag(Field::VT_IS_FINAL_CHUNK, span.is_final_chunk) &&
                              table.flag(Field::VT_HAS_USAGE_DATA, span.has_usage_data);
        if (!is_sound) {
            return false;
        }
        if (table.has(Field::VT_COST_PICO_USD)) {
            span.cost = Money::from_pico(cost);
        }
        span.is_not_decodable = status > static_cast<uint8_t>(Status::kError) ||
                                direction > static_cast<uint8_t>(Direction::kOutbound);
        if (!span.is_not_decodable) {
            span.status = static_cast<Status>(status);
            span.direction = static_cast<Direction>(direction);
        }
        return true;
    }

    static bool read_texts(const TableReader& table, Span& span) {
        std::string_view request_id;
        return std::all_of(std::begin(kDimensionFields),
                           std::end(kDimensionFields),
                           [&](const DimensionField& each) {
                               const auto index = static_cast<size_t>(each.dimension);
                               return table.text(each.field, span.dimensions[index]);
                           }) &&
               table.text(wire::Span::VT_REQUEST_ID, request_id);
    }

    bool read_usages(const TableReader& table, Span& span) {
        TableReader::Offsets usages;
        if (!table.offsets(wire::Span::VT_USAGE, usages)) {
            return false;
        }
        span.usage_begin = static_cast<uint32_t>(out_.usages.size());
        span.usage_count = usages.count;
        for (uoffset_t i = 0; i < usages.count; ++i) {
            if (out_.usages.size() == kUsagesPerRecordMax) {
                return claims_.exhaust();
            }
            if (!read_usage(claims_, usages.at(i), out_.usages.emplace_back())) {
                return false;
            }
        }
        return true;
    }

    bool pass_attributes(const TableReader& table) {
        TableReader::Offsets attributes;
        if (!table.offsets(wire::Span::VT_ATTRIBUTES, attributes)) {
            return false;
        }
        for (uoffset_t i = 0; i < attributes.count; ++i) {
            if (!pass_attribute(claims_, attributes.at(i))) {
                return false;
            }
        }
        return true;
    }

    Claims claims_;
    DecodedRecord& out_;
    bool is_kept_ = true;
};

bool is_aligned(const char* data) {
    return reinterpret_cast<uintptr_t>(data) % kAlignment == 0;
}

}  // namespace

bool is_span_batch(std::string_view bytes) {
    constexpr std::string_view kIdentifier = "SPB1";
    return bytes.size() >= sizeof(uoffset_t) + kIdentifier.size() &&
           bytes.substr(sizeof(uoffset_t), kIdentifier.size()) == kIdentifier;
}

void decode_flatbuffers(std::string_view bytes, DecodedRecord& out) {
    if (!is_span_batch(bytes)) {
        return out.refuse(Refusal::kNotDecodable, "no file identifier SPB1 at byte 4");
    }
    std::string_view aligned = bytes;
    if (!is_aligned(bytes.data())) {
        char* copy = out.reserve(bytes.size());
        std::memcpy(copy, bytes.data(), bytes.size());
        aligned = {copy, bytes.size()};
    }
    BatchReader(aligned, Lead::kNone, out).read();
    if (out.refused != Refusal::kNotDecodable) {
        return;
    }
    // Cut from a file of size-prefixed buffers: its fields are aligned to the prefix. The first
    // attempt found that out at its first wide field.
    constexpr auto kLead = static_cast<size_t>(Lead::kSizePrefix);
    out.clear();
    char* copy = out.reserve(kLead + bytes.size());
    std::memset(copy, 0, kLead);
    std::memcpy(copy + kLead, bytes.data(), bytes.size());
    BatchReader({copy + kLead, bytes.size()}, Lead::kSizePrefix, out).read();
}

}  // namespace spantoll::ingest
