#include "ingest/decode/flatbuffers.h"

#include <array>
#include <bit>
#include <cstdint>

#include <fmt/format.h>

#include "ingest/decode/flatbuffers_table.h"
#include "ingest/limits.h"
#include "schemas/generated/span_generated.h"

namespace spantoll::ingest {
namespace {

using Fields = wire::Span;

template <typename T>
constexpr FieldSpec inline_field(voffset_t field) {
    return {field, sizeof(T), alignof(T)};
}

constexpr FieldSpec offset_field(voffset_t field) {
    return inline_field<uoffset_t>(field);
}

constexpr std::array kBatchFields{offset_field(wire::SpanBatch::VT_SPANS)};
constexpr std::array kUsageFields{offset_field(wire::Usage::VT_METER),
                                  inline_field<uint64_t>(wire::Usage::VT_QUANTITY)};
constexpr std::array kAttributeFields{offset_field(wire::Attribute::VT_KEY),
                                      offset_field(wire::Attribute::VT_VALUE)};
constexpr std::array kSpanFields{
    inline_field<wire::TraceId>(Fields::VT_TRACE_ID),
    inline_field<uint64_t>(Fields::VT_SPAN_ID),
    inline_field<uint32_t>(Fields::VT_SEQUENCE),
    inline_field<int64_t>(Fields::VT_TIME_MS),
    inline_field<uint64_t>(Fields::VT_DURATION_US),
    inline_field<uint8_t>(Fields::VT_STATUS),
    offset_field(Fields::VT_SERVICE),
    offset_field(Fields::VT_OPERATION),
    offset_field(Fields::VT_DOMAIN),
    inline_field<uint8_t>(Fields::VT_DIRECTION),
    offset_field(Fields::VT_ACTIVITY),
    offset_field(Fields::VT_REGION),
    offset_field(Fields::VT_COMMIT),
    offset_field(Fields::VT_PROVIDER),
    offset_field(Fields::VT_MODEL),
    offset_field(Fields::VT_VIRTUAL_KEY),
    offset_field(Fields::VT_TEAM),
    offset_field(Fields::VT_CUSTOMER),
    offset_field(Fields::VT_USER),
    offset_field(Fields::VT_REQUEST_ID),
    inline_field<uint64_t>(Fields::VT_INGRESS_BYTES),
    inline_field<uint64_t>(Fields::VT_EGRESS_BYTES),
    offset_field(Fields::VT_USAGE),
    inline_field<int64_t>(Fields::VT_COST_PICO_USD),
    inline_field<uint8_t>(Fields::VT_IS_CREDIT),
    inline_field<uint8_t>(Fields::VT_IS_STREAMING),
    inline_field<uint8_t>(Fields::VT_IS_FINAL_CHUNK),
    inline_field<uint8_t>(Fields::VT_HAS_USAGE_DATA),
    offset_field(Fields::VT_ATTRIBUTES),
    offset_field(Fields::VT_SESSION),
    offset_field(Fields::VT_END_USER),
    inline_field<uint16_t>(Fields::VT_HTTP_STATUS),
    offset_field(Fields::VT_ERROR_TYPE),
    offset_field(Fields::VT_SERVICE_TIER),
};

// The first field of every table; the others follow at equal distances.
constexpr voffset_t kFirstField = Fields::VT_TRACE_ID;

constexpr size_t place_among_fields(voffset_t field) {
    return (field - kFirstField) / sizeof(voffset_t);
}

template <size_t kFields>
constexpr bool are_in_order(const std::array<FieldSpec, kFields>& fields) {
    for (size_t i = 0; i < kFields; ++i) {
        if (place_among_fields(fields[i].field) != i) {
            return false;
        }
    }
    return true;
}
static_assert(are_in_order(kBatchFields) && are_in_order(kUsageFields) &&
              are_in_order(kAttributeFields) && are_in_order(kSpanFields));

struct DimensionField {
    voffset_t field;
    Dimension dimension;
};

constexpr DimensionField kDimensionFields[kDimensionCount]{
    {Fields::VT_SERVICE, Dimension::kService},
    {Fields::VT_OPERATION, Dimension::kOperation},
    {Fields::VT_DOMAIN, Dimension::kDomain},
    {Fields::VT_ACTIVITY, Dimension::kActivity},
    {Fields::VT_REGION, Dimension::kRegion},
    {Fields::VT_COMMIT, Dimension::kCommit},
    {Fields::VT_PROVIDER, Dimension::kProvider},
    {Fields::VT_MODEL, Dimension::kModel},
    {Fields::VT_VIRTUAL_KEY, Dimension::kVirtualKey},
    {Fields::VT_TEAM, Dimension::kTeam},
    {Fields::VT_CUSTOMER, Dimension::kCustomer},
    {Fields::VT_USER, Dimension::kUser},
    {Fields::VT_SESSION, Dimension::kSession},
    {Fields::VT_END_USER, Dimension::kEndUser},
};

// The same, indexed by the position of the field, and a bit for each such position.
struct DimensionPlaces {
    std::array<uint8_t, kSpanFields.size()> dimensions{};
    uint64_t bits = 0;
};
constexpr DimensionPlaces kDimensionPlaces = [] {
    DimensionPlaces places;
    for (const DimensionField& each : kDimensionFields) {
        const size_t place = place_among_fields(each.field);
        places.dimensions[place] = static_cast<uint8_t>(each.dimension);
        places.bits |= uint64_t{1} << place;
    }
    return places;
}();

// A table whose fields are known to lie within the record. Readers leave the value unchanged where
// the field is absent; false means that the record is broken.
template <typename Shape>
class Table {
  public:
    Table(const Bytes& bytes, size_t at, const Shape& shape)
        : bytes_(bytes), at_(at), shape_(shape) {}

    bool has(voffset_t field) const { return place_of(field) != 0; }

    template <typename T>
    void scalar(voffset_t field, T& value) const {
        if (const voffset_t place = place_of(field); place != 0) {
            value = bytes_.load<T>(at_ + place);
        }
    }

    void flag(voffset_t field, bool& value) const {
        uint8_t byte = value ? 1 : 0;
        scalar(field, byte);
        value = byte != 0;
    }

    void trace_id(voffset_t field, TraceId& value) const {
        if (const voffset_t place = place_of(field); place != 0) {
            value = {bytes_.load<uint64_t>(at_ + place),
                     bytes_.load<uint64_t>(at_ + place + sizeof(uint64_t))};
        }
    }

    // Readers of texts and vectors add the bytes of the field to `claimed`.
    bool text(voffset_t field, std::string_view& value, size_t& claimed) const {
        const voffset_t place = place_of(field);
        return place == 0 || bytes_.text(at_ + place, value, claimed);
    }

    // Reads the dimensions that are present.
    bool dimensions(Span& span, size_t& claimed) const {
        for (uint64_t left = shape_.present & kDimensionPlaces.bits; left != 0; left &= left - 1) {
            const auto field = static_cast<size_t>(std::countr_zero(left));
            std::string_view& value = span.dimensions[kDimensionPlaces.dimensions[field]];
            if (!bytes_.text(at_ + shape_.places[field], value, claimed)) {
                return false;
            }
        }
        return true;
    }

    bool offsets(voffset_t field, Bytes::Offsets& value, size_t& claimed) const {
        const voffset_t place = place_of(field);
        return place == 0 || bytes_.offsets(at_ + place, value, claimed);
    }

  private:
    voffset_t place_of(voffset_t field) const { return shape_.places[place_among_fields(field)]; }

    const Bytes bytes_;
    const size_t at_;
    const Shape& shape_;
};

// Reads a SpanBatch into `out`.
class BatchReader {
  public:
    BatchReader(std::string_view bytes, Lead lead, DecodedRecord& out)
        : bytes_(bytes, lead), budget_(bytes.size()), out_(out) {}

    void read() {
        Bytes::Offsets spans;
        size_t claimed = 0;
        const auto read_offsets = [&](const auto& batch) {
            return batch.offsets(wire::SpanBatch::VT_SPANS, spans, claimed);
        };
        if (!read_table(batches_, bytes_.root(), read_offsets) || !budget_.pay(claimed)) {
            return refuse();
        }
        if (spans.count == 0) {
            return out_.refuse(Refusal::kNotDecodable, "a batch without spans");
        }
        is_kept_ = spans.count <= kSpansPerRecordMax;
        for (uoffset_t i = 0; i < spans.count; ++i) {
            if (i + kFetchAhead < spans.count) {
                fetch_span(spans.at(i + kFetchAhead));
            }
            if (!read_span(spans.at(i))) {
                return refuse();
            }
        }
        if (!is_kept_) {
            refuse_too_many();
        }
    }

  private:
    // A span is fetched into the cache this many spans before it is read.
    static constexpr uoffset_t kFetchAhead = 4;
    // The table of a span and the texts that builders write after it.
    static constexpr size_t kFetchedBytes = 320;

    void fetch_span(size_t at) const { bytes_.prefetch(bytes_.follow_element(at), kFetchedBytes); }

    void refuse() {
        if (!budget_.is_exhausted()) {
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

    // Calls `read` with the table at `at`, which may be Bytes::kNowhere. False where the table or
    // `read` fails.
    template <typename Shapes, typename Read>
    bool read_table(Shapes& shapes, size_t at, Read&& read) {
        if (at == Bytes::kNowhere) {
            return false;
        }
        const auto* shape = shapes.of(bytes_, at);
        return shape != nullptr && read(Table(bytes_, at, *shape));
    }

    bool read_span(size_t at) {
        if (!is_kept_) {
            out_.spans.clear();  // still verify the rest, because kNotDecodable comes first
            out_.usages.clear();
        }
        Span& span = out_.spans.emplace_back();
        size_t claimed = 0;
        const auto read = [&](const auto& table) {
            read_scalars(table, span);
            read_words(table, span);
            return read_texts(table, span, claimed) && read_usages(table, span, claimed) &&
                   pass_attributes(table, claimed);
        };
        return read_table(spans_, bytes_.follow_element(at), read) && budget_.pay(claimed);
    }

    static void read_scalars(const auto& table, Span& span) {
        table.trace_id(Fields::VT_TRACE_ID, span.trace_id);
        table.scalar(Fields::VT_SPAN_ID, span.span_id);
        table.scalar(Fields::VT_SEQUENCE, span.sequence);
        table.scalar(Fields::VT_TIME_MS, span.time_ms);
        table.scalar(Fields::VT_DURATION_US, span.duration_us);
        table.scalar(Fields::VT_INGRESS_BYTES, span.ingress_bytes);
        table.scalar(Fields::VT_EGRESS_BYTES, span.egress_bytes);
        table.scalar(Fields::VT_HTTP_STATUS, span.http_status);
        table.flag(Fields::VT_IS_CREDIT, span.is_credit);
        table.flag(Fields::VT_IS_STREAMING, span.is_streaming);
        table.flag(Fields::VT_IS_FINAL_CHUNK, span.is_final_chunk);
        table.flag(Fields::VT_HAS_USAGE_DATA, span.has_usage_data);
        if (table.has(Fields::VT_COST_PICO_USD)) {
            int64_t cost = 0;
            table.scalar(Fields::VT_COST_PICO_USD, cost);
            span.cost = Money::from_pico(cost);
        }
    }

    void read_words(const auto& table, Span& span) {
        uint8_t status = 0;
        uint8_t direction = 0;
        table.scalar(Fields::VT_STATUS, status);
        table.scalar(Fields::VT_DIRECTION, direction);
        const bool is_status = status <= static_cast<uint8_t>(Status::kError);
        const bool is_direction = direction <= static_cast<uint8_t>(Direction::kOutbound);
        span.is_not_decodable = !is_status || !is_direction;
        if (span.is_not_decodable) [[unlikely]] {
            return is_status ? note_word("direction", direction, "none, inbound or outbound")
                             : note_word("status", status, "unset, ok or error");
        }
        span.status = static_cast<Status>(status);
        span.direction = static_cast<Direction>(direction);
    }

    void note_word(std::string_view member, uint8_t value, std::string_view words) {
        if (!out_.fault.refusal) {
            out_.fault = {out_.spans.size() - 1,
                          Refusal::kNotDecodable,
                          fmt::format("{} is {}: write 0, 1 or 2 ({})", member, value, words)};
        }
    }

    static bool read_texts(const auto& table, Span& span, size_t& claimed) {
        std::string_view request_id;
        return table.dimensions(span, claimed) &&
               table.text(Fields::VT_REQUEST_ID, request_id, claimed) &&
               table.text(Fields::VT_ERROR_TYPE, span.error_type, claimed) &&
               table.text(Fields::VT_SERVICE_TIER, span.service_tier, claimed);
    }

    bool read_usages(const auto& table, Span& span, size_t& claimed) {
        Bytes::Offsets usages;
        if (!table.offsets(Fields::VT_USAGE, usages, claimed)) {
            return false;
        }
        span.usage_begin = static_cast<uint32_t>(out_.usages.size());
        span.usage_count = usages.count;
        for (uoffset_t i = 0; i < usages.count; ++i) {
            if (out_.usages.size() == kUsagesPerRecordMax) {
                return budget_.exhaust();
            }
            Usage& usage = out_.usages.emplace_back();
            const auto read = [&](const auto& each) {
                each.scalar(wire::Usage::VT_QUANTITY, usage.quantity);
                return each.text(wire::Usage::VT_METER, usage.meter, claimed);
            };
            if (!read_table(usages_, bytes_.follow_element(usages.at(i)), read)) {
                return false;
            }
        }
        return true;
    }

    // Attributes are not kept, but they must be valid and count towards the budget.
    bool pass_attributes(const auto& table, size_t& claimed) {
        Bytes::Offsets attributes;
        if (!table.offsets(Fields::VT_ATTRIBUTES, attributes, claimed)) {
            return false;
        }
        const auto pass = [&](const auto& attribute) {
            std::string_view unused;
            return attribute.text(wire::Attribute::VT_KEY, unused, claimed) &&
                   attribute.text(wire::Attribute::VT_VALUE, unused, claimed);
        };
        for (uoffset_t i = 0; i < attributes.count; ++i) {
            if (!read_table(attributes_, bytes_.follow_element(attributes.at(i)), pass)) {
                return false;
            }
        }
        return true;
    }

    const Bytes bytes_;
    Budget budget_;
    DecodedRecord& out_;
    bool is_kept_ = true;
    TableShapes<kBatchFields.size(), 1> batches_{kBatchFields};
    TableShapes<kSpanFields.size(), 4> spans_{kSpanFields};
    TableShapes<kUsageFields.size(), 2> usages_{kUsageFields};
    TableShapes<kAttributeFields.size(), 2> attributes_{kAttributeFields};
};

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
    BatchReader(bytes, Lead::kNone, out).read();
    if (out.refused == Refusal::kNotDecodable) {
        // The record may come from a file of size-prefixed buffers, where fields are aligned
        // relative to the prefix. The first attempt then failed at its first wide field, so a
        // second one is cheap.
        out.clear();
        BatchReader(bytes, Lead::kSizePrefix, out).read();
    }
}

}  // namespace spantoll::ingest
