#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace spantoll {

// The integer that the whole of `text` is in decimal: digits, with a '-' before them where the type
// has a sign. Empty where it is anything else, or does not fit.
template <std::integral Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && stopped == end ? std::optional(number) : std::nullopt;
}

}  // namespace spantoll
