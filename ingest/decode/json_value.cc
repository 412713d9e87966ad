#include "ingest/decode/json_value.h"

namespace spantoll::ingest {
namespace {

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

}  // namespace

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

Quantity quantity_of(const JsonToken& token) {
    Quantity quantity;
    const bool is_whole = take_whole<uint64_t>(token, 0, quantity.value);
    quantity.is_invalid = token.kind == TokenKind::kNumber && !is_whole;
    quantity.is_sound = token.kind == TokenKind::kNumber || token.kind == TokenKind::kNull;
    return quantity;
}

bool is_usd(std::string_view currency) {
    constexpr std::string_view kUsd = "USD";
    return std::equal(
        currency.begin(), currency.end(), kUsd.begin(), kUsd.end(), [](char a, char b) {
            return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
        });
}

}  // namespace spantoll::ingest
