#include "tools/feed/time_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>

#include "schemas/event_time.h"
#include "schemas/window_spec.h"

namespace spantoll::tools {
namespace {

// Epoch milliseconds have thirteen digits from 2001 to 2286; ten would be seconds, sixteen
// microseconds.
constexpr size_t kEpochMsDigits = 13;

bool is_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

// Reads a text from the left. Once something did not fit, everything after fails too.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool ok() const { return ok_; }
    bool at_end() const { return rest_.empty(); }

    // Exactly `digits` digits with a value from `least` to `most`.
    int64_t number(size_t digits, int64_t least, int64_t most) {
        int64_t value = 0;
        if (rest_.size() < digits) {
            ok_ = false;
            return 0;
        }
        for (size_t i = 0; i < digits; ++i) {
            ok_ = ok_ && is_digit(rest_[i]);
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        ok_ = ok_ && least <= value && value <= most;
        return value;
    }

    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view wanted) {
        if (!rest_.starts_with(wanted)) {
            return false;
        }
        rest_.remove_prefix(wanted.size());
        return true;
    }
    void expect(char wanted) { ok_ = take(wanted) && ok_; }

    // The digits of a fraction of a second, at least one, cut to milliseconds.
    int64_t fraction_ms() {
        int64_t value = 0;
        int64_t weight = 100;
        size_t digits = 0;
        for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits) {
            value += (rest_[digits] - '0') * weight;
            weight /= 10;
        }
        rest_.remove_prefix(digits);
        ok_ = ok_ && digits > 0;
        return value;
    }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

int64_t read_day_ms(Reader& reader) {
    namespace chrono = std::chrono;
    const int64_t year = reader.number(4, 1970, 9999);
    reader.expect('-');
    const int64_t month = reader.number(2, 1, 12);
    reader.expect('-');
    const int64_t day = reader.number(2, 1, 31);
    const chrono::year_month_day date{chrono::year(static_cast<int>(year)),
                                      chrono::month(static_cast<unsigned>(month)),
                                      chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) {
        reader.expect('\0');
        return 0;
    }
    return chrono::sys_days(date).time_since_epoch().count() * kDayMs;
}

struct TimeOfDay {
    int64_t ms = 0;
    bool is_leap_second = false;  // :60, which `ms` has as the last millisecond before it
};

TimeOfDay read_time_of_day(Reader& reader) {
    TimeOfDay time;
    time.ms = reader.number(2, 0, 23) * kHourMs;
    reader.expect(':');
    time.ms += reader.number(2, 0, 59) * kMinuteMs;
    if (!reader.take(':')) {
        return time;
    }
    const int64_t second = reader.number(2, 0, 60);
    const int64_t fraction_ms = reader.take('.') ? reader.fraction_ms() : 0;
    time.is_leap_second = second == 60;
    time.ms += time.is_leap_second ? kMinuteMs - 1 : second * 1000 + fraction_ms;
    return time;
}

// The last millisecond of June or December, in UTC: leap seconds come after no other, and if one
// was really declared is not for us to know.
bool may_be_leap_second(int64_t ms) {
    namespace chrono = std::chrono;
    if (floor_divide(ms + 1, kDayMs) * kDayMs != ms + 1) {
        return false;
    }
    const chrono::year_month_day next{chrono::sys_days(chrono::days((ms + 1) / kDayMs))};
    return next.day() == chrono::day(1) &&
           (next.month() == chrono::January || next.month() == chrono::July);
}

int64_t read_zone_ms(Reader& reader) {
    reader.take(' ');
    if (reader.at_end() || reader.take('Z') || reader.take('z') || reader.take("UTC")) {
        return 0;
    }
    const int64_t sign = reader.take('-') ? -1 : 1;
    if (sign > 0) {
        reader.expect('+');
    }
    int64_t ms = reader.number(2, 0, 23) * kHourMs;
    if (!reader.at_end()) {
        reader.take(':');
        ms += reader.number(2, 0, 59) * kMinuteMs;
    }
    return sign * ms;
}

}  // namespace

std::optional<int64_t> parse_time_ms(std::string_view text) {
    if (text.size() == kEpochMsDigits && text.find_first_not_of("0123456789") == text.npos) {
        int64_t ms = 0;
        std::from_chars(text.data(), text.data() + text.size(), ms);
        return text.front() == '0' ? std::nullopt : std::optional(ms);
    }
    Reader reader(text);
    int64_t ms = read_day_ms(reader);
    bool is_leap_second = false;
    if (!reader.at_end()) {
        if (!reader.take('T') && !reader.take('t')) {
            reader.expect(' ');
        }
        const TimeOfDay time = read_time_of_day(reader);
        is_leap_second = time.is_leap_second;
        ms += time.ms - read_zone_ms(reader);
    }
    if (!reader.ok() || !reader.at_end() || (is_leap_second && !may_be_leap_second(ms))) {
        return std::nullopt;
    }
    return ms;
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
