#include "ingest/decode_json_span.h"

#include <algorithm>
#include <limits>

namespace spantoll::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

// Takes a whole number of T's range over, null as `absent`. False for anything else.
template <typename T>
bool take_whole(const JsonToken& token, T absent, T& out) {
    if (token.kind == TokenKind::kNull) {
        out = absent;
        return true;
    }
    if (token.kind != TokenKind::kNumber || token.number.outcome != WholeOutcome::kOk ||
        token.number.value < std::numeric_limits<T>::min() ||
        token.number.value > std::numeric_limits<T>::max()) {
        return false;
    }
    out = static_cast<T>(token.number.value);
    return true;
}

// The same for a field that knows the difference between zero and null.
bool take_nullable(const JsonToken& token, std::optional<int64_t>& out) {
    int64_t value = 0;
    if (!take_whole<int64_t>(token, 0, value)) {
        return false;
    }
    out = token.kind == TokenKind::kNull ? std::nullopt : std::optional(value);
    return true;
}

bool take_flag(const JsonToken& token, bool absent, bool& out) {
    const bool is_flag = token.kind == TokenKind::kTrue || token.kind == TokenKind::kFalse;
    out = is_flag ? token.kind == TokenKind::kTrue : absent;
    return is_flag || token.kind == TokenKind::kNull;
}

bool take_text(const JsonToken& token, std::string_view& out) {
    out = token.kind == TokenKind::kText ? token.text : std::string_view();
    return token.kind == TokenKind::kText || token.kind == TokenKind::kNull;
}

// A quantity or a count of bytes: a number that is none is a fault of its own, not a wrong type.
struct Quantity {
    uint64_t value = 0;
    bool is_invalid = false;  // out of range, or with a fraction
    bool is_sound = true;     // of the right type
};

Quantity quantity_of(const JsonToken& token) {
    Quantity quantity;
    const bool is_whole = take_whole<uint64_t>(token, 0, quantity.value);
    quantity.is_invalid = token.kind == TokenKind::kNumber && !is_whole;
    quantity.is_sound = token.kind == TokenKind::kNumber || token.kind == TokenKind::kNull;
    return quantity;
}

// 16 hexadecimal digits in either case.
bool parse_hex(std::string_view digits, uint64_t& out) {
    uint64_t value = 0;
    for (const char c : digits) {
        int digit = 0;
        if (c >= '0' && c <= '9') {
            digit = c - '0';
        } else if (c >= 'a' && c <= 'f') {
            digit = c - 'a' + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = c - 'A' + 10;
        } else {
            return false;
        }
        value = value << 4 | static_cast<uint64_t>(digit);
    }
    out = value;
    return true;
}

constexpr size_t kHalfIdDigits = 16;

bool take_trace_id(const JsonToken& token, TraceId& out) {
    out = {};
    std::string_view text;
    if (!take_text(token, text)) {
        return false;
    }
    return text.empty() || (text.size() == 2 * kHalfIdDigits &&
                            parse_hex(text.substr(0, kHalfIdDigits), out.high) &&
                            parse_hex(text.substr(kHalfIdDigits), out.low));
}

bool take_span_id(const JsonToken& token, uint64_t& out) {
    out = 0;
    std::string_view text;
    if (!take_text(token, text)) {
        return false;
    }
    return text.empty() || (text.size() == kHalfIdDigits && parse_hex(text, out));
}

// One of `words`, in the order of the enumeration; null and the empty text are the first.
template <typename Enum, size_t kCount>
bool take_word(const JsonToken& token,
               const std::array<std::string_view, kCount>& words,
               Enum& out) {
    out = Enum{};
    std::string_view text;
    if (!take_text(token, text)) {
        return false;
    }
    const auto found = std::find(words.begin(), words.end(), text);
    if (found != words.end()) {
        out = static_cast<Enum>(found - words.begin());
    }
    return text.empty() || found != words.end();
}

constexpr std::array<std::string_view, 3> kStatusWords{"unset", "ok", "error"};
constexpr std::array<std::string_view, 3> kDirectionWords{"none", "inbound", "outbound"};

// USD as a number or a decimal text. A text that is none is kNotANumber, not a wrong type.
bool take_usd(const JsonToken& token, std::optional<DecimalMoney>& out) {
    out.reset();
    if (token.kind == TokenKind::kNumber || token.kind == TokenKind::kText) {
        out = parse_usd(token.text);
    }
    return out || token.kind == TokenKind::kNull;
}

bool take_pico_usd(const JsonToken& token, std::optional<DecimalMoney>& out) {
    std::optional<int64_t> pico;
    const bool is_sound = take_nullable(token, pico);
    out.reset();
    if (pico) {
        out = DecimalMoney{DecimalOutcome::kOk, Money::from_pico(*pico)};
    }
    return is_sound;
}

bool is_usd(std::string_view currency) {
    constexpr std::string_view kUsd = "USD";
    return std::equal(
        currency.begin(), currency.end(), kUsd.begin(), kUsd.end(), [](char a, char b) {
            return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
        });
}

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
    const auto given = std::find_if(
        costs_.begin(), costs_.end(), [](const Cost& cost) { return cost.has_value(); });
    if (given == costs_.end()) {
        return;
    }
    const DecimalMoney& cost = **given;
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
