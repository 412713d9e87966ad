#include "schemas/rfc3339.h"

#include <chrono>
#include <cstddef>

#include <fmt/format.h>

#include "schemas/event_time.h"

namespace spantoll {
namespace {

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

int64_t read_day_ms(Reader& reader, int least_year) {
    namespace chrono = std::chrono;
    const int64_t year = reader.number(4, least_year, 9999);
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

std::string rfc3339(int64_t ms) {
    namespace chrono = std::chrono;
    const int64_t day = floor_divide(ms, kDayMs);
    const chrono::year_month_day date{chrono::sys_days(chrono::days(day))};
    const int64_t of_day = ms - day * kDayMs;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       of_day / kHourMs,
                       of_day / kMinuteMs % 60,
                       of_day / 1000 % 60,
                       of_day % 1000);
}

std::optional<int64_t> parse_rfc3339(std::string_view text, int least_year) {
    Reader reader(text);
    int64_t ms = read_day_ms(reader, least_year);
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

}  // namespace spantoll
