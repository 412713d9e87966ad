#include "tools/control/whole_number.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "schemas/number.h"

namespace spantoll::tools {
namespace {

// An Int128 has 39 digits at most.
constexpr int64_t kExponentMax = 39;

bool are_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<int64_t> parse_exponent(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        return are_digits(text) ? parse_number<int64_t>(text) : std::nullopt;
    }
    return parse_number<int64_t>(text);
}

}  // namespace

std::optional<Int128> parse_whole_number(std::string_view json) {
    const bool is_negative = json.starts_with('-');
    json.remove_prefix(is_negative ? 1 : 0);
    const size_t mark = json.find_first_of("eE");
    const std::optional<int64_t> power =
        mark == std::string_view::npos ? 0 : parse_exponent(json.substr(mark + 1));
    const std::string_view mantissa = json.substr(0, mark);
    const size_t point = mantissa.find('.');
    const std::string_view whole = mantissa.substr(0, point);
    const std::string_view part =
        point == std::string_view::npos ? "0" : mantissa.substr(point + 1);
    if (!power || !are_digits(whole) || !are_digits(part) ||
        (whole.size() > 1 && whole.front() == '0')) {
        return std::nullopt;
    }
    std::string digits = std::string(whole).append(part);
    if (std::ranges::all_of(digits, [](char c) { return c == '0'; })) {
        return 0;
    }
    // Neither can overflow: a body is far shorter.
    const auto part_size = static_cast<int64_t>(part.size());
    if (*power > kExponentMax + part_size || *power < -static_cast<int64_t>(digits.size())) {
        return std::nullopt;
    }
    const int64_t exponent = *power - part_size;
    if (exponent < 0) {
        const auto kept = digits.size() - static_cast<size_t>(-exponent);
        if (-exponent >= static_cast<int64_t>(digits.size()) ||
            digits.find_first_not_of('0', kept) != std::string::npos) {
            return std::nullopt;
        }
        digits.resize(kept);
    } else {
        digits.append(static_cast<size_t>(exponent), '0');
    }
    return parse_int128((is_negative ? "-" : "") + digits);
}

}  // namespace spantoll::tools
