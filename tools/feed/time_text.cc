#include "tools/feed/time_text.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "schemas/rfc3339.h"
#include "schemas/window_spec.h"

namespace spantoll::tools {
namespace {

// Epoch milliseconds have thirteen digits from 2001 to 2286. Ten digits would be seconds, sixteen
// microseconds.
constexpr size_t kEpochMsDigits = 13;

}  // namespace

std::optional<int64_t> parse_time_ms(std::string_view text) {
    if (text.size() == kEpochMsDigits && text.find_first_not_of("0123456789") == text.npos) {
        int64_t ms = 0;
        std::from_chars(text.data(), text.data() + text.size(), ms);
        return text.front() == '0' ? std::nullopt : std::optional(ms);
    }
    return parse_rfc3339(text);
}

std::string_view time_form(std::string_view text) {
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::string_view rest = text.substr(digits);
    const bool has_fraction =
        rest.size() > 1 && rest[0] == '.' && rest.find_first_not_of("0123456789", 1) == rest.npos;
    if (rest.empty() || has_fraction) {
        switch (digits) {
            case 9:
            case 10:
                return "seconds since 1970: write milliseconds, 1000 times as much";
            case kEpochMsDigits:
                return rest.empty() ? "" : "milliseconds with a fraction: write them whole";
            case 16:
                return "microseconds since 1970: write milliseconds, a thousandth of it";
            case 19:
                return "nanoseconds since 1970: write milliseconds, a millionth of it";
            default:
                return {};
        }
    }
    if (digits == 1 || digits == 2) {
        if (rest[0] == '/') {
            return "a date as month/day/year or day/month/year: write year-month-day, 2026-10-15";
        }
        if (rest[0] == '.') {
            return "a date as day.month.year: write year-month-day, 2026-10-15";
        }
    }
    if (digits == 4 && rest[0] == '/') {
        return "a date with slashes: write 2026-10-15";
    }
    if (text.find(":60") != text.npos && digits == 4) {
        return "a leap second where there is none: in UTC they end June or December";
    }
    return {};
}

std::optional<int64_t> parse_time_from_now_ms(std::string_view text, int64_t now_ms) {
    if (text == "now") {
        return now_ms;
    }
    if (text.starts_with('-') || text.starts_with('+')) {
        const std::optional<int64_t> length = parse_duration_ms(text.substr(1));
        if (!length) {
            return std::nullopt;
        }
        return text.front() == '-' ? now_ms - *length : now_ms + *length;
    }
    return parse_time_ms(text);
}

}  // namespace spantoll::tools
