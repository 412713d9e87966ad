#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spantoll::tools {

// A moment as people and files write it, in epoch milliseconds, UTC:
//
//   1700158623979                      epoch milliseconds, thirteen digits (1e12 < t < 1e13)
//   2023-11-16T18:17:03.979Z           RFC 3339; 'T' or a blank; a fraction of any length, cut to
//                                   ms
//   2023-11-16 18:17:03.9799600     no zone: UTC
//   2023-11-16 18:17 +0100          seconds may be left out; zones +01, +0100, +01:00, Z, UTC
//   2023-11-16                      midnight
//   2016-12-31T23:59:60Z            a leap second, where there may be one: in UTC the last of
//                                   June or December. It is 23:59:59.999, still that day and month
//
// Empty where it is nothing of that, or no day or time that exists.
std::optional<int64_t> parse_time_ms(std::string_view text);

// What a text that parse_time_ms() refuses looks like, and what to write for it: "seconds since
// 1970: write milliseconds, 1000 times as much". Empty where it looks like no time.
std::string_view time_form(std::string_view text);

// parse_time_ms, `now`, or a time relative to it: `-1h`, `-90m`, `+10s`.
std::optional<int64_t> parse_time_from_now_ms(std::string_view text, int64_t now_ms);

}  // namespace spantoll::tools
