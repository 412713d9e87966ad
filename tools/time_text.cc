#include "tools/time_text.h"

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

int64_t read_time_of_day_ms(Reader& reader) {
    int64_t ms = reader.number(2, 0, 23) * kHourMs;
    reader.expect(':');
    ms += reader.number(2, 0, 59) * kMinuteMs;
    if (reader.take(':')) {
        ms += reader.number(2, 0, 60) * 1000;  // 60: a leap second is the next minute's first
        if (reader.take('.')) {
            ms += reader.fraction_ms();
        }
    }
    return ms;
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
    if (!reader.at_end()) {
        if (!reader.take('T') && !reader.take('t')) {
            reader.expect(' ');
        }
        ms += read_time_of_day_ms(reader);
        ms -= read_zone_ms(reader);
    }
    if (!reader.ok() || !reader.at_end()) {
        return std::nullopt;
    }
    return ms;
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
