#include "schemas/window_spec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "schemas/number.h"
#include "schemas/rfc3339.h"

namespace spantoll {
namespace {

constexpr std::array<std::pair<std::string_view, WindowKind>, 6> kPeriodNames{
    {{"hour", WindowKind::kHour},
     {"day", WindowKind::kDay},
     {"week", WindowKind::kWeek},
     {"month", WindowKind::kMonth},
     {"quarter", WindowKind::kQuarter},
     {"year", WindowKind::kYear}}};

constexpr std::array<std::pair<std::string_view, int64_t>, 5> kUnits{
    {{"d", kDayMs}, {"h", kHourMs}, {"m", kMinuteMs}, {"s", 1000}, {"ms", 1}}};

constexpr int64_t kDurationMsMax = 1'000'000'000'000'000;

constexpr std::string_view kLifetimeName = "lifetime";
constexpr std::string_view kFrom = "from ";
constexpr std::string_view kFromFirst = "first";
constexpr std::string_view kFromDay = "day ";

std::string anchor_text(const WindowSpec& window) {
    if (window.anchor_ms == 0) {
        return {};
    }
    std::string moment(kFromFirst);
    if (!window.is_per_account()) {
        moment = rfc3339(window.anchor_ms);
        if (const size_t fraction = moment.find(".000Z"); fraction != std::string::npos) {
            moment.replace(fraction, std::string::npos, "Z");
        }
    }
    return fmt::format(" {}{}", kFrom, moment);
}

// Where a civil window begins, if that is not as usual.
std::string start_text(const WindowSpec& window) {
    if (window.week_start != 1) {
        return fmt::format(" {}{}", kFrom, kWeekdayNames[window.week_start - 1U]);
    }
    if (window.year_start != 1) {
        return fmt::format(" {}{}", kFrom, kMonthNames[window.year_start - 1U]);
    }
    if (window.month_day != 1) {
        return fmt::format(" {}{}{}", kFrom, kFromDay, window.month_day);
    }
    return {};
}

// Cuts the first word and the blank behind it off.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

// The number of a name, from 1; 0 where it is none of them.
template <size_t n>
uint8_t number_of(const std::array<std::string_view, n>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? uint8_t{0} : static_cast<uint8_t>(found - names.begin() + 1);
}

// What stands behind "from" of a civil window.
bool parse_start(std::string_view text, WindowSpec& window) {
    switch (window.kind) {
        case WindowKind::kWeek:
            window.week_start = number_of(kWeekdayNames, text);
            return window.week_start > 1;
        case WindowKind::kQuarter:
        case WindowKind::kYear:
            window.year_start = number_of(kMonthNames, text);
            return window.year_start > 1;
        case WindowKind::kMonth:
            break;
        default:
            return false;
    }
    if (!text.starts_with(kFromDay)) {
        return false;
    }
    text.remove_prefix(kFromDay.size());
    window.month_day = parse_number<uint8_t>(text).value_or(0);
    return window.month_day > 1 && window.month_day <= kMonthDayMax;
}

}  // namespace

std::optional<int64_t> parse_anchor(std::string_view text) {
    return parse_rfc3339(text, 1);
}

namespace {

// "24h", and for a lattice "5h from 2026-11-01T08:00:00Z".
std::optional<WindowSpec> parse_length(WindowKind kind, std::string_view text) {
    const std::optional<int64_t> ms = parse_duration_ms(take_word(text));
    if (!ms || *ms == 0 || *ms % kMinuteMs != 0 || *ms / kMinuteMs > kWindowMinutesMax) {
        return std::nullopt;
    }
    WindowSpec window{kind, *ms / kMinuteMs};
    if (text.empty()) {
        return window;
    }
    if (kind == WindowKind::kRolling || !text.starts_with(kFrom)) {
        return std::nullopt;
    }
    text.remove_prefix(kFrom.size());
    const std::optional<int64_t> anchor_ms =
        text == kFromFirst ? std::optional(kAnchorFirst) : parse_anchor(text);
    window.anchor_ms = anchor_ms.value_or(0);
    return anchor_ms ? std::optional(window) : std::nullopt;
}

}  // namespace

std::string window_length_text(int64_t minutes) {
    return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60) : fmt::format("{}m", minutes);
}

std::string to_text(const WindowSpec& window) {
    switch (window.kind) {
        case WindowKind::kRolling:
            return "rolling " + window_length_text(window.minutes);
        case WindowKind::kEvery:
            return "every " + window_length_text(window.minutes) + anchor_text(window);
        case WindowKind::kLifetime:
            return std::string(kLifetimeName);
        default:
            break;
    }
    std::string text;
    for (const auto& [name, kind] : kPeriodNames) {
        if (kind == window.kind) {
            text = name;
        }
    }
    if (!window.zone.is_utc()) {
        text += " " + window.zone.name();
    }
    return text + start_text(window);
}

std::optional<WindowKind> parse_period_name(std::string_view text) {
    for (const auto& [name, kind] : kPeriodNames) {
        if (name == text) {
            return kind;
        }
    }
    return std::nullopt;
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0 || text.front() == '-') {
        return std::nullopt;
    }
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    for (const auto& [name, ms] : kUnits) {
        if (name == unit && count <= kDurationMsMax / ms) {
            return count * ms;
        }
    }
    return std::nullopt;
}

std::string duration_text(int64_t ms) {
    for (const auto& [name, unit] : kUnits) {
        // A day is written as 24h, as the configuration's defaults do; from two days on in days.
        const bool is_day = unit == kDayMs;
        if (ms != 0 && ms % unit == 0 && !(is_day && ms == kDayMs)) {
            return fmt::format("{}{}", ms / unit, name);
        }
    }
    return "0s";
}

std::optional<WindowSpec> parse_window(std::string_view text) {
    if (text == kLifetimeName) {
        return WindowSpec{WindowKind::kLifetime};
    }
    if (text.ends_with(' ')) {
        return std::nullopt;
    }
    const std::string_view word = take_word(text);
    if (word == "rolling" || word == "every") {
        return parse_length(word == "rolling" ? WindowKind::kRolling : WindowKind::kEvery, text);
    }
    const std::optional<WindowKind> period = parse_period_name(word);
    if (!period) {
        return std::nullopt;
    }
    WindowSpec window{*period};
    if (!text.empty() && !text.starts_with(kFrom)) {
        const std::optional<Zone> zone = Zone::named(take_word(text));
        if (!zone || zone->is_utc()) {
            return std::nullopt;
        }
        window.zone = *zone;
    }
    if (text.empty()) {
        return window;
    }
    return text.starts_with(kFrom) && parse_start(text.substr(kFrom.size()), window)
               ? std::optional(window)
               : std::nullopt;
}

}  // namespace spantoll
