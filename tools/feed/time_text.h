#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spantoll::tools {

// Parses a moment to epoch milliseconds: thirteen digits (1e12 <= t < 1e13), or any form of
// parse_rfc3339().
std::optional<int64_t> parse_time_ms(std::string_view text);

// Says what a text that parse_time_ms() refuses looks like, and what to write instead: "seconds
// since 1970: write milliseconds, 1000 times as much". Empty where it does not look like a time.
std::string_view time_form(std::string_view text);

// Parses what parse_time_ms() accepts, `now`, or a time relative to now: `-1h`, `-90m`, `+10s`.
std::optional<int64_t> parse_time_from_now_ms(std::string_view text, int64_t now_ms);

}  // namespace spantoll::tools
