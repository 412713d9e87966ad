#include <fmt/format.h>

#include "schemas/text/zone_database.h"
#include "tools/configuration/configuration_sections.h"

namespace spantoll::tools {
namespace {

constexpr ValueRange kMonths{1, 12};
constexpr ValueRange kMonthDays{1, kMonthDayMax};

// What a key of a window says where the window has no use for it.
void refuse(TableReader& table, std::string_view key, std::string_view belongs_to) {
    if (table.find(key) != nullptr) {
        table.complain(key, fmt::format("belongs to {}: take it out", belongs_to));
    }
}

void read_anchor(TableReader& table, WindowSpec& window) {
    if (window.kind != WindowKind::kEvery) {
        refuse(table, "anchor", "a window such as \"every 5h\"");
        return;
    }
    std::string text;
    table.read_text("anchor", text);
    if (text.empty()) {
        return;
    }
    const std::optional<int64_t> anchor_ms =
        text == "first" ? std::optional(kAnchorFirst) : parse_anchor(text);
    if (!anchor_ms) {
        table.complain("anchor",
                       "write a moment such as \"2026-11-01T08:00:00Z\", or \"first\" for the "
                       "first charge of each account");
        return;
    }
    window.anchor_ms = *anchor_ms;
}

void read_week_start(TableReader& table, WindowSpec& window) {
    if (window.kind != WindowKind::kWeek) {
        refuse(table, "week_start", "window = \"week\"");
        return;
    }
    if (const std::optional<size_t> day =
            table.read_choice("week_start", {kWeekdayNames.begin(), kWeekdayNames.end()})) {
        window.week_start = static_cast<uint8_t>(*day + 1);
    }
}

void read_starts(TableReader& table, WindowSpec& window) {
    read_week_start(table, window);
    if (window.kind == WindowKind::kQuarter || window.kind == WindowKind::kYear) {
        table.read_integer("year_start", window.year_start, kMonths);
    } else {
        refuse(table, "year_start", "window = \"quarter\" or \"year\"");
    }
    if (window.kind == WindowKind::kMonth) {
        table.read_integer("month_day", window.month_day, kMonthDays);
    } else {
        refuse(table, "month_day", "window = \"month\"");
    }
}

}  // namespace

void read_zone(TableReader& table, Zone& out) {
    std::string name;
    table.read_text("zone", name);
    if (name.empty()) {
        return;
    }
    const std::optional<Zone> zone = Zone::named(name);
    if (!zone || !zone->is_known()) {
        table.complain("zone", "no such time zone: " + zone_suggestion(name, zone_database()));
        return;
    }
    out = *zone;
}

WindowSpec read_window(TableReader& table, Zone default_zone) {
    if (table.require("window", "window = \"rolling 24h\"") == nullptr) {
        return {};
    }
    std::string text;
    table.read_text("window", text);
    const std::optional<WindowSpec> parsed = parse_window(text);
    if (!parsed) {
        table.complain("window",
                       "write \"rolling 24h\" (whole minutes, up to ten years), \"every 5h\", "
                       "\"hour\", \"day\", \"week\", \"month\", \"quarter\", \"year\" or "
                       "\"lifetime\"");
        return {};
    }
    WindowSpec window{parsed->kind, parsed->minutes};
    if (window != *parsed) {
        table.complain("window",
                       fmt::format("write \"{}\", and what more there is to say of it as zone, "
                                   "week_start, year_start, month_day or anchor",
                                   to_text(window)));
        return {};
    }
    if (window.is_civil()) {
        window.zone = default_zone;
        read_zone(table, window.zone);
    } else {
        refuse(table, "zone", "a window of the calendar, \"hour\" to \"year\"");
    }
    read_starts(table, window);
    read_anchor(table, window);
    return window;
}

}  // namespace spantoll::tools
