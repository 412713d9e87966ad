#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll {

// RFC 3339 with milliseconds, UTC: 1700158623979 -> "2023-11-16T18:17:03.979Z". Years 0 to 9999.
std::string rfc3339(int64_t ms);

// A moment as people and files write it, in epoch milliseconds. RFC 3339, and what is near it:
//
//   2023-11-16T18:17:03.979Z        'T' or a blank; a fraction of any length, cut to ms
//   2023-11-16 18:17:03.9799600     no zone: UTC
//   2023-11-16 18:17 +0100          seconds may be left out; zones +01, +0100, +01:00, Z, UTC
//   2023-11-16                      midnight
//   2016-12-31T23:59:60Z            a leap second, where there may be one: in UTC the last of
//                                   June or December. It is 23:59:59.999, still that day and month
//
// Empty where it is nothing of that, or not a day or time that exists. Years up to 9999, from the
// epoch's on: what was recorded is not older.
std::optional<int64_t> parse_rfc3339(std::string_view text, int least_year = 1970);

}  // namespace spantoll
