#include "schemas/int128.h"

#include <algorithm>

#include "schemas/check.h"

namespace spantoll {
namespace {

template <class Int>
Int rounded_quotient(Int numerator, Int denominator) {
    Int quotient = numerator / denominator;
    const Int remainder = numerator % denominator;
    const Int magnitude = remainder < 0 ? -remainder : remainder;
    const Int other_half = denominator - magnitude;
    if (magnitude > other_half || (magnitude == other_half && quotient % 2 != 0)) {
        quotient += numerator < 0 ? -1 : 1;
    }
    return quotient;
}

}  // namespace

std::string to_text(Int128 value) {
    if (value == 0) {
        return "0";
    }
    const bool negative = value < 0;
    Uint128 rest =
        negative ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
    std::string text;
    while (rest != 0) {
        text.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    }
    if (negative) {
        text.push_back('-');
    }
    std::reverse(text.begin(), text.end());
    return text;
}

std::optional<Int128> parse_int128(std::string_view text) {
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) {
        text.remove_prefix(1);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    Int128 value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        // Counted downwards, so that the most negative value parses too.
        if (__builtin_mul_overflow(value, Int128{10}, &value) ||
            __builtin_sub_overflow(value, Int128{c - '0'}, &value)) {
            return std::nullopt;
        }
    }
    if (negative) {
        return value;
    }
    if (__builtin_sub_overflow(Int128{0}, value, &value)) {
        return std::nullopt;
    }
    return value;
}

Int128 divide_half_even(Int128 numerator, Int128 denominator) {
    CHECK(denominator > 0, "a price is per a positive number of units");
    // A division of 64 bits is one instruction, a division of 128 bits is a call.
    const bool is_small = numerator == static_cast<int64_t>(numerator) &&
                          denominator == static_cast<int64_t>(denominator);
    return is_small ? rounded_quotient(static_cast<int64_t>(numerator),
                                       static_cast<int64_t>(denominator))
                    : rounded_quotient(numerator, denominator);
}

}  // namespace spantoll
