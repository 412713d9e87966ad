#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "tools/configuration/configuration_printer.h"
#include "tools/configuration/configuration_sections.h"
#include "tools/configuration/configuration_toml.h"

namespace spantoll::tools {
namespace {

std::string toml_amount(const Limit& limit, Int128 amount) {
    return limit.meter.kind == MeterKind::kUsd ? toml_quoted(to_usd_text(Money::from_pico(amount)))
                                               : to_text(amount);
}

// Tables that stand on one line, because keys of the limit follow.
void print_where(Printer& out, const Limit& limit) {
    if (limit.where.empty()) {
        return;
    }
    std::string text;
    for (const ValuePattern& pattern : limit.where) {
        text += fmt::format("{}{} = {}",
                            text.empty() ? "" : ", ",
                            name_of(pattern.dimension),
                            toml_quoted(to_text(pattern)));
    }
    out.set("where", "{ " + text + " }", "Of these only accounts with such values.");
}

void print_overrides(Printer& out, const Limit& limit) {
    if (limit.overrides.empty()) {
        return;
    }
    std::string text;
    for (const AmountOverride& one : limit.overrides) {
        text += fmt::format("{}{} = {}",
                            text.empty() ? "" : ", ",
                            toml_quoted(one.account),
                            toml_amount(limit, one.amount));
    }
    out.set("overrides", "{ " + text + " }", "Another amount for one account.");
}

void print_judge(Printer& out, const Limit& limit) {
    if (limit.judge == Judge::kEma) {
        out.set("judge", "\"ema\"", "The smoothed total, above the amount at closings in a row.");
        out.set("alpha",
                fmt::format("\"{}/{}\"", limit.alpha.numerator, limit.alpha.denominator),
                "The weight of the newest sample.");
        out.set_number("consecutive", limit.consecutive, "So many closings in a row trip it.");
        out.set("action", toml_quoted(name_of(limit.action)), "What follows then.");
        return;
    }
    out.set("judge", "\"total\"", "The total, at every charge.");
    std::string steps;
    for (const Step& step : limit.steps) {
        steps += fmt::format(
            "{}[{}, \"{}\"]", steps.empty() ? "" : ", ", step.percent, name_of(step.action));
    }
    out.set("steps", "[" + steps + "]", "At so many percent of the amount this follows.");
    out.set_number("hysteresis",
                   limit.hysteresis,
                   "A level is left when the total is this many points of percent below it.");
}

void print_window(Printer& out, const WindowSpec& window) {
    out.set("window",
            toml_quoted(to_text(WindowSpec{window.kind, window.minutes})),
            "\"rolling 24h\", a calendar period, \"every 5h\", or \"lifetime\".");
    if (window.is_civil()) {
        out.set("zone", toml_quoted(window.zone.name()), "Whose days, weeks and months.");
    }
    if (window.kind == WindowKind::kWeek) {
        out.set("week_start", toml_quoted(kWeekdayNames[window.week_start - 1U]), "Its first day.");
    }
    if (window.kind == WindowKind::kMonth) {
        out.set_number("month_day", window.month_day, "The day that it begins with, 1 to 28.");
    }
    if (window.kind == WindowKind::kQuarter || window.kind == WindowKind::kYear) {
        out.set_number("year_start", window.year_start, "The month that the year begins with.");
    }
    if (window.kind == WindowKind::kEvery) {
        const std::string anchor = window.is_per_account() ? "first" : rfc3339(window.anchor_ms);
        out.set("anchor",
                toml_quoted(anchor),
                "Where a window begins; \"first\": at each account's first charge.");
    }
}

}  // namespace

std::string toml_duration(int64_t ms) {
    return toml_quoted(duration_text(ms));
}

std::string toml_bool(bool value) {
    return value ? "true" : "false";
}

void print_limit(Printer& out, const Limit& limit) {
    out.table("[[limit]]");
    out.set("name", toml_quoted(limit.name));
    if (limit.selection == Selection::kAccount) {
        out.set("account", toml_quoted(limit.account), "The one account that it holds for.");
    } else {
        const std::string_view kind = limit.selection == Selection::kAll ? kAllKinds : limit.kind;
        out.set(
            "kind", toml_quoted(kind), "It holds for every account of this kind, each by itself.");
    }
    print_where(out, limit);
    out.set("meter",
            toml_quoted(name_of(limit.meter)),
            "usd, requests, tokens, ingress_bytes, egress_bytes, or a usage meter.");
    out.set("count_failed",
            toml_bool(limit.count_failed),
            "false: spans with status error do not count.");
    out.set("amount",
            toml_amount(limit, limit.amount),
            "USD as a text; of any other meter an integer.");
    print_overrides(out, limit);
    print_window(out, limit.window);
    print_judge(out, limit);
    if (!limit.window.is_lifetime()) {
        out.set("ttl",
                toml_duration(limit.ttl_ms),
                "Rolling windows: a level not renewed ends after this much event time.");
    }
    out.set("shadow", toml_bool(limit.shadow), "true: tells decisions and enforces nothing.");
    out.set("on_overflow",
            toml_quoted(name_of(limit.on_overflow)),
            "What a check says of a name beyond max_per_kind: allow or refuse.");
    out.set("on_lag",
            toml_quoted(name_of(limit.on_lag)),
            "What it says while the numbers are more than max_lag behind.");
    out.set("on_cold",
            toml_quoted(name_of(limit.on_cold)),
            "What it says until the input was read to its end once.");
}

}  // namespace spantoll::tools
