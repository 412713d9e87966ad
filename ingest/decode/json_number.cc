#include "ingest/decode/json_number.h"

#include <algorithm>
#include <cstdint>

namespace spantoll::ingest {
namespace {

constexpr int64_t kDigitsMax = 30;  // 10^30 < 2^127
// No mantissa that fits in a record is long enough to balance such an exponent.
constexpr int64_t kExponentClamp = 1'000'000'000;

constexpr size_t kPlainDigitsMax = 18;  // these fit an int64_t without an overflow check

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// The parts of a number as written. value = (-1)^negative * integer.fraction * 10^exponent
struct Parts {
    bool is_negative = false;
    std::string_view integer;
    std::string_view fraction;
    int64_t exponent = 0;
};

// Takes the digits that `rest` begins with.
std::string_view take_digits(std::string_view& rest) {
    const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_digit);
    const std::string_view digits = rest.substr(0, static_cast<size_t>(end - rest.begin()));
    rest.remove_prefix(digits.size());
    return digits;
}

bool take(std::string_view& rest, char wanted) {
    if (rest.empty() || rest.front() != wanted) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

// False where the text is not a JSON number.
bool cut(std::string_view rest, Parts& parts) {
    parts.is_negative = take(rest, '-');
    parts.integer = take_digits(rest);
    if (parts.integer.empty() || (parts.integer.size() > 1 && parts.integer.front() == '0')) {
        return false;
    }
    if (take(rest, '.')) {
        parts.fraction = take_digits(rest);
        if (parts.fraction.empty()) {
            return false;
        }
    }
    if (take(rest, 'e') || take(rest, 'E')) {
        const bool is_down = take(rest, '-');
        if (!is_down) {
            take(rest, '+');
        }
        const std::string_view digits = take_digits(rest);
        if (digits.empty()) {
            return false;
        }
        for (const char c : digits) {
            parts.exponent = std::min(parts.exponent * 10 + (c - '0'), kExponentClamp);
        }
        parts.exponent = is_down ? -parts.exponent : parts.exponent;
    }
    return rest.empty();
}

WholeNumber whole_of(const Parts& parts) {
    // Digits are numbered across integer and fraction; those from `point` on must be zero.
    const auto integer_size = static_cast<int64_t>(parts.integer.size());
    const auto size = integer_size + static_cast<int64_t>(parts.fraction.size());
    const auto digit = [&](int64_t i) -> int {
        if (i >= size) {
            return 0;
        }
        return (i < integer_size ? parts.integer[static_cast<size_t>(i)]
                                 : parts.fraction[static_cast<size_t>(i - integer_size)]) -
               '0';
    };
    int64_t first = 0;
    while (first < size && digit(first) == 0) {
        ++first;
    }
    if (first == size) {
        return {WholeOutcome::kOk, 0};
    }
    const int64_t point = integer_size + parts.exponent;
    for (int64_t i = std::max(point, first); i < size; ++i) {
        if (digit(i) != 0) {
            return {WholeOutcome::kNotWhole, 0};
        }
    }
    if (point - first > kDigitsMax) {
        return {WholeOutcome::kOutOfRange, 0};
    }
    Int128 value = 0;
    for (int64_t i = first; i < point; ++i) {
        value = value * 10 + digit(i);
    }
    return {WholeOutcome::kOk, parts.is_negative ? -value : value};
}

}  // namespace

WholeNumber parse_whole(std::string_view text) {
    const bool is_plain = !text.empty() && text.size() <= kPlainDigitsMax &&
                          (text.front() != '0' || text.size() == 1) &&
                          std::all_of(text.begin(), text.end(), is_digit);
    if (is_plain) {
        int64_t value = 0;
        for (const char c : text) {
            value = value * 10 + (c - '0');
        }
        return {WholeOutcome::kOk, value};
    }
    Parts parts;
    if (!cut(text, parts)) {
        return {WholeOutcome::kNotANumber, 0};
    }
    return whole_of(parts);
}

}  // namespace spantoll::ingest
