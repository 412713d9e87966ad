#include "ingest/decode_json_span.h"

#include "ingest/decode_json_value.h"

namespace spantoll::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::array<std::string_view, 3> kStatusWords{"unset", "ok", "error"};
constexpr std::array<std::string_view, 3> kDirectionWords{"none", "inbound", "outbound"};

}  // namespace

void JsonSpanReader::take(std::string_view name, const JsonToken& token, ondemand::value& value) {
    const JsonField field = json_field_named(name);
    if (field == JsonField::kUnknown) {
        return tokens_.pass(token, value);
    }
    const auto index = static_cast<size_t>(field);
    is_invalid_.reset(index);
    if (field == JsonField::kUsage) {
        is_wrong_.set(index, !take_usages(token, value));
    } else if (field == JsonField::kAttributes) {
        is_wrong_.set(index, !take_attributes(token, value));
    } else {
        is_wrong_.set(index, !take_scalar(field, token));
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
            return take_bytes(field, token, span_.ingress_bytes);
        case JsonField::kEgressBytes:
            return take_bytes(field, token, span_.egress_bytes);
        case JsonField::kCostPicoUsd:
            return take_pico_usd(token, costs_[0]);
        case JsonField::kCostUsd:
            return take_usd(token, costs_[1]);
        case JsonField::kCostAmount:
            return take_usd(token, costs_[2]);
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
        case JsonField::kResourceSpans:
            is_otlp_ = true;
            return true;
        default:
            return take_text(token, span_.dimensions[static_cast<size_t>(field)]);
    }
}

bool JsonSpanReader::take_bytes(JsonField field, const JsonToken& token, uint64_t& out) {
    const Quantity quantity = quantity_of(token);
    is_invalid_.set(static_cast<size_t>(field), quantity.is_invalid);
    out = quantity.value;
    return quantity.is_sound;
}

bool JsonSpanReader::take_usages(const JsonToken& token, ondemand::value& value) {
    usages_.resize(span_.usage_begin);
    if (token.kind != TokenKind::kArray) {
        tokens_.pass(token, value);
        return token.kind == TokenKind::kNull;
    }
    bool is_sound = true;
    tokens_.for_elements_of(value, [&](const JsonToken& element, ondemand::value& entry) {
        if (element.kind == TokenKind::kObject) {
            is_sound &= take_usage(entry, usages_.emplace_back());
        } else {
            tokens_.pass(element, entry);
            is_sound = false;
        }
    });
    return is_sound;
}

bool JsonSpanReader::take_usage(ondemand::value& value, Usage& usage) {
    bool meter_is_sound = true;
    Quantity quantity;
    tokens_.for_members_of(
        value, [&](std::string_view name, const JsonToken& token, ondemand::value& member) {
            if (name == "meter") {
                meter_is_sound = take_text(token, usage.meter);
            } else if (name == "quantity") {
                quantity = quantity_of(token);
            }
            tokens_.pass(token, member);
        });
    usage.quantity = quantity.value;
    if (quantity.is_invalid) {
        is_invalid_.set(static_cast<size_t>(JsonField::kUsage));
    }
    return meter_is_sound && quantity.is_sound;
}

bool JsonSpanReader::take_attributes(const JsonToken& token, ondemand::value& value) {
    if (token.kind != TokenKind::kArray) {
        tokens_.pass(token, value);
        return token.kind == TokenKind::kNull;
    }
    bool is_sound = true;
    tokens_.for_elements_of(value, [&](const JsonToken& element, ondemand::value& entry) {
        if (element.kind != TokenKind::kObject) {
            tokens_.pass(element, entry);
            is_sound = false;
            return;
        }
        bool key_is_sound = true;
        bool value_is_sound = true;
        tokens_.for_members_of(
            entry, [&](std::string_view name, const JsonToken& inner, ondemand::value& member) {
                std::string_view unused;
                if (name == "key") {
                    key_is_sound = take_text(inner, unused);
                } else if (name == "value") {
                    value_is_sound = take_text(inner, unused);
                }
                tokens_.pass(inner, member);
            });
        is_sound &= key_is_sound && value_is_sound;
    });
    return is_sound;
}

void JsonSpanReader::finish() {
    span_.usage_count = static_cast<uint32_t>(usages_.size()) - span_.usage_begin;
    span_.time_ms = time_ms_ ? *time_ms_ : timestamp_.value_or(0);
    span_.is_not_decodable = is_wrong_.any();
    span_.quantity_is_invalid = is_invalid_.any();
    settle_cost();
}

void JsonSpanReader::settle_cost() {
    for (const Cost& cost : costs_) {
        if (cost) {
            return settle_cost(*cost);
        }
    }
}

void JsonSpanReader::settle_cost(const DecimalMoney& cost) {
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

}  // namespace spantoll::ingest
