#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "ingest/decode/json_token.h"
#include "schemas/money.h"
#include "schemas/span.h"

// One function for each type that a member of a JSON span may have. They take the token over, with
// null as the type's absent value, and are false where it is of another type or out of range.
namespace spantoll::ingest {

// Reads a whole number within the range of T; null gives `absent`.
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

bool take_text(const JsonToken& token, std::string_view& out);

// Reads one of `words`, in the order of the enumeration; null and the empty text mean the first.
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

// Reads an integer; null stays different from zero.
bool take_nullable(const JsonToken& token, std::optional<int64_t>& out);

bool take_flag(const JsonToken& token, bool absent, bool& out);

// Read 32 and 16 hexadecimal digits in either case; an empty text means absent, which is zero.
bool take_trace_id(const JsonToken& token, TraceId& out);
bool take_span_id(const JsonToken& token, uint64_t& out);

// Read USD as a number or a decimal text. A text that is not a number is kNotANumber, which is not
// a wrong type.
bool take_usd(const JsonToken& token, std::optional<DecimalMoney>& out);
bool take_pico_usd(const JsonToken& token, std::optional<DecimalMoney>& out);

// A quantity or a count of bytes. An invalid number is a fault of its own, not a wrong type.
struct Quantity {
    uint64_t value = 0;
    bool is_invalid = false;  // out of range, or with a fraction
    bool is_sound = true;     // of the right type
};
Quantity quantity_of(const JsonToken& token);

// "USD" in any case.
bool is_usd(std::string_view currency);

}  // namespace spantoll::ingest
