#include "schemas/money.h"

#include <algorithm>

namespace spantoll {
namespace {

constexpr int kPicoDigits = 12;
// A magnitude of 10^13 USD and more is kTooLarge: 25 digits of pico-dollars fit 128 bits amply.
constexpr int64_t kIntegerDigitsMax = 13;
// Exponents are clamped here: beyond it a number is too large or rounds to zero.
constexpr int64_t kExponentClamp = 1'000'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The parts of a JSON number; digits are those of integer and fraction without leading zeros.
struct Parts {
    bool negative = false;
    std::string digits;
    int64_t point = 0;  // value = 0.digits * 10^point
};

std::optional<Parts> cut(std::string_view text) {
    Parts parts;
    size_t at = 0;
    const auto more = [&] { return at < text.size(); };
    if (more() && text[at] == '-') {
        parts.negative = true;
        ++at;
    }
    const size_t integer_begin = at;
    while (more() && is_digit(text[at])) {
        ++at;
    }
    const size_t integer_size = at - integer_begin;
    if (integer_size == 0 || (integer_size > 1 && text[integer_begin] == '0')) {
        return std::nullopt;
    }
    parts.digits.append(text.substr(integer_begin, integer_size));
    if (more() && text[at] == '.') {
        const size_t fraction_begin = ++at;
        while (more() && is_digit(text[at])) {
            ++at;
        }
        if (at == fraction_begin) {
            return std::nullopt;
        }
        parts.digits.append(text.substr(fraction_begin, at - fraction_begin));
    }
    int64_t exponent = 0;
    if (more() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        const bool down = more() && text[at] == '-';
        if (more() && (text[at] == '-' || text[at] == '+')) {
            ++at;
        }
        const size_t exponent_begin = at;
        for (; more() && is_digit(text[at]); ++at) {
            exponent = std::min(exponent * 10 + (text[at] - '0'), kExponentClamp);
        }
        if (at == exponent_begin) {
            return std::nullopt;
        }
        exponent = down ? -exponent : exponent;
    }
    if (more()) {
        return std::nullopt;
    }
    parts.point = static_cast<int64_t>(integer_size) + exponent;
    const size_t zeros = std::min(parts.digits.find_first_not_of('0'), parts.digits.size());
    parts.digits.erase(0, zeros);
    parts.point -= static_cast<int64_t>(zeros);
    return parts;
}

}  // namespace

DecimalMoney parse_usd(std::string_view text) {
    const std::optional<Parts> parts = cut(text);
    if (!parts) {
        return {DecimalOutcome::kNotANumber, {}};
    }
    if (parts->digits.empty()) {
        return {DecimalOutcome::kOk, {}};
    }
    if (parts->point > kIntegerDigitsMax) {
        return {parts->negative ? DecimalOutcome::kTooSmall : DecimalOutcome::kTooLarge, {}};
    }
    // Digits left of `kept` count whole pico-dollars; the rest decides the rounding.
    const int64_t kept = parts->point + kPicoDigits;
    const auto size = static_cast<int64_t>(parts->digits.size());
    Int128 pico = 0;
    for (int64_t i = 0; i < kept; ++i) {
        pico = pico * 10 + (i < size ? parts->digits[static_cast<size_t>(i)] - '0' : 0);
    }
    if (kept >= 0 && kept < size) {
        const char next = parts->digits[static_cast<size_t>(kept)];
        const bool beyond = parts->digits.find_first_not_of('0', static_cast<size_t>(kept) + 1) !=
                            std::string::npos;
        if (next > '5' || (next == '5' && (beyond || pico % 2 != 0))) {
            ++pico;
        }
    }
    return {DecimalOutcome::kOk, Money::from_pico(parts->negative ? -pico : pico)};
}

std::string to_usd_text(Money money) {
    const bool negative = money.pico() < 0;
    std::string digits = to_text(money.pico());
    digits.erase(0, negative ? 1 : 0);
    if (digits.size() <= kPicoDigits) {
        digits.insert(0, kPicoDigits + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - kPicoDigits, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') {
        digits.pop_back();
    }
    return negative ? "-" + digits : digits;
}

}  // namespace spantoll
