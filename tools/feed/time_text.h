#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spantoll::tools {

// A moment in epoch milliseconds: thirteen digits (1e12 < t < 1e13), or any form of
// parse_rfc3339().
std::optional<int64_t> parse_time_ms(std::string_view text);

// What a text that parse_time_ms() refuses looks like, and what to write for it: "seconds since
// 1970: write milliseconds, 1000 times as much". Empty where it looks like no time.
std::string_view time_form(std::string_view text);

// parse_time_ms, `now`, or a time relative to it: `-1h`, `-90m`, `+10s`.
std::optional<int64_t> parse_time_from_now_ms(std::string_view text, int64_t now_ms);

}  // namespace spantoll::tools
