#include "ingest/decode/json_span.h"

#include "ingest/decode/json_value.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::array<std::string_view, 3> kStatusWords{"unset", "ok", "error"};
constexpr std::array<std::string_view, 3> kDirectionWords{"none", "inbound", "outbound"};

constexpr Refusal refusal_of(const Quantity& quantity) {
    return quantity.is_sound ? Refusal::kQuantityInvalid : Refusal::kNotDecodable;
}

// True where the own cost of the span is refused because of its amount.
bool is_cost_out_of_range(const Span& span) {
    if (!span.cost) {
        return span.cost_is_above_range || span.cost_is_below_range;
    }
    const Money bound = Money::from_pico(kSpanCostPicoMax);
    const Money least = span.is_credit ? Money::from_pico(-kSpanCostPicoMax) : Money();
    return *span.cost > bound || *span.cost < least;
}

// The refusal of a cost that is not an amount. Too large and too small are the same here, because
// the sign does not change the sentence.
constexpr Refusal refusal_of(DecimalOutcome outcome) {
    return outcome == DecimalOutcome::kNotANumber ? Refusal::kCostNotANumber
                                                  : Refusal::kCostTooLarge;
}

}  // namespace

void JsonSpanReader::take(std::string_view name, const JsonToken& token, ondemand::value& value) {
    const JsonField field = json_field_named(name);
    if (field == JsonField::kUnknown) {
        return tokens_.pass(token, value);
    }
    const auto index = static_cast<size_t>(field);
    is_wrong_.reset(index);
    is_invalid_.reset(index);
    faults_.forget(field);
    if (field == JsonField::kUsage) {
        take_usages(token, value);
    } else if (field == JsonField::kAttributes) {
        take_attributes(token, value);
    } else {
        if (!take_scalar(field, token)) {
            refuse({.field = field, .found = token});
        }
        tokens_.pass(token, value);
    }
}

bool JsonSpanReader::take_scalar(JsonField field, const JsonToken& token) {
    switch (field) {
        case JsonField::kTraceId:
            return take_trace_id(token, span_.trace_id);
        case JsonField::kSpanId:
            return take_span_id(token, span_.span_id);
        case JsonField::kSequence:
            return take_whole<uint32_t>(token, 0, span_.sequence);
        case JsonField::kTimeMs:
            return take_nullable(token, time_ms_);
        case JsonField::kTimestamp:
            return take_nullable(token, timestamp_);
        case JsonField::kDurationUs:
            return take_whole<uint64_t>(token, 0, span_.duration_us);
        case JsonField::kStatus:
            return take_word(token, kStatusWords, span_.status);
        case JsonField::kDirection:
            return take_word(token, kDirectionWords, span_.direction);
        case JsonField::kIngressBytes:
            take_bytes(field, token, span_.ingress_bytes);
            return true;
        case JsonField::kEgressBytes:
            take_bytes(field, token, span_.egress_bytes);
            return true;
        case JsonField::kCostPicoUsd:
            return take_pico_usd(token, costs_[0]);
        case JsonField::kCostUsd:
            return take_cost(field, token, costs_[1]);
        case JsonField::kCostAmount:
            return take_cost(field, token, costs_[2]);
        case JsonField::kCostCurrency:
            return take_text(token, currency_);
        case JsonField::kIsCredit:
            return take_flag(token, false, span_.is_credit);
        case JsonField::kIsStreaming:
            return take_flag(token, false, span_.is_streaming);
        case JsonField::kIsFinalChunk:
            return take_flag(token, false, span_.is_final_chunk);
        case JsonField::kHasUsageData:
            return take_flag(token, true, span_.has_usage_data);
        case JsonField::kRequestId: {
            std::string_view unused;
            return take_text(token, unused);
        }
        case JsonField::kHttpStatus:
            return take_whole<uint16_t>(token, 0, span_.http_status);
        case JsonField::kErrorType:
            return take_text(token, span_.error_type);
        case JsonField::kServiceTier:
            return take_text(token, span_.service_tier);
        case JsonField::kResourceSpans:
            is_otlp_ = true;
            return true;
        default:
            return take_text(token, span_.dimensions[static_cast<size_t>(field)]);
    }
}

void JsonSpanReader::take_bytes(JsonField field, const JsonToken& token, uint64_t& out) {
    const Quantity quantity = quantity_of(token);
    out = quantity.value;
    if (quantity.is_invalid || !quantity.is_sound) {
        refuse({.field = field, .refusal = refusal_of(quantity), .found = token});
    }
}

bool JsonSpanReader::take_cost(JsonField field, const JsonToken& token, Cost& out) {
    const bool is_sound = take_usd(token, out);
    if (out && out->outcome != DecimalOutcome::kOk) {
        note({.field = field, .refusal = refusal_of(out->outcome), .found = token});
    }
    return is_sound;
}

void JsonSpanReader::take_usages(const JsonToken& token, ondemand::value& value) {
    usages_.resize(span_.usage_begin);
    if (token.kind != TokenKind::kArray) {
        if (token.kind != TokenKind::kNull) {
            refuse({.field = JsonField::kUsage, .found = token});
        }
        return tokens_.pass(token, value);
    }
    uint32_t count = 0;
    tokens_.for_elements_of(value, [&](const JsonToken& element, ondemand::value& entry) {
        const uint32_t index = count++;
        if (element.kind == TokenKind::kObject) {
            take_usage(index, entry);
        } else {
            refuse({.field = JsonField::kUsage,
                    .place = FaultPlace::kElement,
                    .element = index,
                    .found = element});
            tokens_.pass(element, entry);
        }
    });
}

void JsonSpanReader::take_usage(uint32_t element, ondemand::value& value) {
    Usage usage;
    Quantity quantity;
    FieldFault meter_fault{
        .field = JsonField::kUsage, .place = FaultPlace::kMeter, .element = element, .found = {}};
    FieldFault quantity_fault = meter_fault;
    quantity_fault.place = FaultPlace::kQuantity;
    bool meter_is_sound = true;
    tokens_.for_members_of(
        value, [&](std::string_view name, const JsonToken& token, ondemand::value& member) {
            if (name == "meter") {
                meter_is_sound = take_text(token, usage.meter);
                meter_fault.found = token;
            } else if (name == "quantity") {
                quantity = quantity_of(token);
                quantity_fault.found = token;
            }
            tokens_.pass(token, member);
        });
    usage.quantity = quantity.value;
    usages_.push_back(usage);
    if (!meter_is_sound) {
        refuse(meter_fault);
    }
    if (quantity.is_invalid || !quantity.is_sound) {
        quantity_fault.refusal = refusal_of(quantity);
        refuse(quantity_fault);
    }
}

void JsonSpanReader::take_attributes(const JsonToken& token, ondemand::value& value) {
    if (token.kind != TokenKind::kArray) {
        if (token.kind != TokenKind::kNull) {
            refuse({.field = JsonField::kAttributes, .found = token});
        }
        return tokens_.pass(token, value);
    }
    uint32_t count = 0;
    tokens_.for_elements_of(value, [&](const JsonToken& element, ondemand::value& entry) {
        const uint32_t index = count++;
        if (element.kind == TokenKind::kObject) {
            take_attribute(index, entry);
        } else {
            refuse({.field = JsonField::kAttributes,
                    .place = FaultPlace::kElement,
                    .element = index,
                    .found = element});
            tokens_.pass(element, entry);
        }
    });
}

void JsonSpanReader::take_attribute(uint32_t element, ondemand::value& value) {
    std::array<JsonToken, 2> found;  // key, value; absent is null
    tokens_.for_members_of(
        value, [&](std::string_view name, const JsonToken& token, ondemand::value& member) {
            if (name == "key") {
                found[0] = token;
            } else if (name == "value") {
                found[1] = token;
            }
            tokens_.pass(token, member);
        });
    for (const FaultPlace place : {FaultPlace::kKey, FaultPlace::kValue}) {
        const JsonToken& token = found[place == FaultPlace::kKey ? 0 : 1];
        std::string_view unused;
        if (!take_text(token, unused)) {
            refuse({.field = JsonField::kAttributes,
                    .place = place,
                    .element = element,
                    .found = token});
        }
    }
}

void JsonSpanReader::finish() {
    span_.usage_count = static_cast<uint32_t>(usages_.size()) - span_.usage_begin;
    span_.time_ms = time_ms_ ? *time_ms_ : timestamp_.value_or(0);
    span_.is_not_decodable = is_wrong_.any();
    span_.quantity_is_invalid = is_invalid_.any();
    choose_cost();
    explain_fault();
}

void JsonSpanReader::choose_cost() {
    constexpr std::array kFields{
        JsonField::kCostPicoUsd, JsonField::kCostUsd, JsonField::kCostAmount};
    for (size_t i = 0; i < costs_.size(); ++i) {
        if (const Cost& cost = costs_[i]) {
            cost_field_ = kFields[i];
            return choose_cost(*cost);
        }
    }
}

void JsonSpanReader::choose_cost(const DecimalMoney& cost) {
    switch (cost.outcome) {
        case DecimalOutcome::kOk:
            span_.cost = cost.money;
            break;
        case DecimalOutcome::kNotANumber:
            span_.cost_is_not_a_number = true;
            break;
        case DecimalOutcome::kTooLarge:
            span_.cost_is_above_range = true;
            break;
        case DecimalOutcome::kTooSmall:
            span_.cost_is_below_range = true;
            break;
    }
    span_.currency_is_unknown = !currency_.empty() && !is_usd(currency_);
}

void JsonSpanReader::refuse(const FieldFault& fault) {
    Faults& fields = fault.refusal == Refusal::kQuantityInvalid ? is_invalid_ : is_wrong_;
    fields.set(static_cast<size_t>(fault.field));
    note(fault);
}

void JsonSpanReader::note(const FieldFault& fault) {
    if (!out_.fault.refusal) {
        faults_.note(fault);
    }
}

void JsonSpanReader::explain_fault() {
    if (out_.fault.refusal) {
        return;
    }
    if (span_.is_not_decodable) {
        explain(first_fault(is_wrong_, Refusal::kNotDecodable), Refusal::kNotDecodable);
    } else if (span_.cost_is_not_a_number) {
        explain(faults_.find(cost_field_, Refusal::kCostNotANumber), Refusal::kCostNotANumber);
    } else if (is_cost_out_of_range(span_)) {
        explain_amount();
    } else if (span_.currency_is_unknown) {
        const FieldFault fault{.field = JsonField::kCostCurrency,
                               .refusal = Refusal::kCurrencyUnknown,
                               .found = {TokenKind::kText, currency_, {}}};
        explain(&fault, Refusal::kCurrencyUnknown);
    } else if (span_.quantity_is_invalid) {
        explain(first_fault(is_invalid_, Refusal::kQuantityInvalid), Refusal::kQuantityInvalid);
    }
}

void JsonSpanReader::explain_amount() {
    const bool is_below = span_.cost_is_below_range || (span_.cost && *span_.cost < Money());
    const Refusal refusal =
        is_below && !span_.is_credit ? Refusal::kCostNegative : Refusal::kCostTooLarge;
    if (!span_.cost) {
        return explain(faults_.find(cost_field_, Refusal::kCostTooLarge), refusal);
    }
    const std::string amount = to_usd_text(*span_.cost) + " USD";
    const FieldFault fault{
        .field = cost_field_, .refusal = refusal, .found = {TokenKind::kNumber, amount, {}}};
    explain(&fault, refusal);
}

void JsonSpanReader::explain(const FieldFault* fault, Refusal refusal) {
    CHECK(fault != nullptr, "every fault of the first span that has one is noted");
    out_.fault = {out_.spans.size() - 1, refusal, sentence_of(*fault)};
}

const FieldFault* JsonSpanReader::first_fault(const Faults& fields, Refusal refusal) const {
    for (size_t i = 0; i < fields.size(); ++i) {
        if (fields.test(i)) {
            return faults_.find(static_cast<JsonField>(i), refusal);
        }
    }
    return nullptr;
}

}  // namespace spantoll::ingest
