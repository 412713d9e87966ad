#include "schemas/window_spec.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "schemas/event_time.h"

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

}  // namespace

std::string window_length_text(int64_t minutes) {
    return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60) : fmt::format("{}m", minutes);
}

std::string to_text(const WindowSpec& window) {
    if (window.kind == WindowKind::kRolling) {
        return "rolling " + window_length_text(window.minutes);
    }
    if (window.kind == WindowKind::kEvery) {
        return "every " + window_length_text(window.minutes);
    }
    for (const auto& [name, kind] : kPeriodNames) {
        if (kind == window.kind) {
            return std::string(name);
        }
    }
    return {};
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
    if (const std::optional<WindowKind> period = parse_period_name(text)) {
        return WindowSpec{*period, 0};
    }
    const bool rolling = text.starts_with("rolling ");
    if (!rolling && !text.starts_with("every ")) {
        return std::nullopt;
    }
    const std::optional<int64_t> ms = parse_duration_ms(text.substr(rolling ? 8 : 6));
    if (!ms || *ms == 0 || *ms % kMinuteMs != 0 || *ms / kMinuteMs > kWindowMinutesMax) {
        return std::nullopt;
    }
    return WindowSpec{rolling ? WindowKind::kRolling : WindowKind::kEvery, *ms / kMinuteMs};
}

}  // namespace spantoll
