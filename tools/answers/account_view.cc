#include "tools/answers/account_view.h"

#include <vector>

#include "schemas/text/json_writer.h"
#include "store/show/account_json.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

void add_amount(JsonObject& json, std::string_view name, const Meter& meter, Int128 value) {
    if (meter.kind == MeterKind::kUsd) {
        json.add_money(name, Money::from_pico(value));
    } else {
        json.add(name, value);
    }
}

std::string period_json(Engine& engine, const window::OpenPeriod& open) {
    const window::CalendarWindow& window = engine.ledger().plans().windows()[open.window];
    store::NamedUsage usage;
    for (const UsageTotal& total : open.totals.usage) {
        usage.emplace_back(engine.meters().name(total.meter), total.quantity);
    }
    JsonObject json;
    json.add_text("period", window::period_label(window.period(open.start_ms)))
        .add_text("window", to_text(window.window));
    if (window.skips_failed) {
        json.add_flag("count_failed", false);
    }
    if (window.series != 0) {
        json.add("series", window.series);
    }
    return store::add_totals(json, open.totals, usage).str();
}

std::string counter_json(Engine& engine, window::AccountIndex index, uint32_t at) {
    window::Ledger& ledger = engine.ledger();
    const window::CounterSpec& spec = ledger.plan(index).counters[at];
    std::vector<EmaRow> emas;
    for (uint32_t alpha = 0; alpha < spec.alphas.size(); ++alpha) {
        emas.push_back(ledger.ema_brought_to_now(index, at, alpha));
    }
    const window::RollingCounter& counter = ledger.account(index).counters[at];
    JsonObject json;
    json.add_text("window", window_length_text(spec.window_minutes))
        .add_text("meter", counter_name(spec.meter));
    add_amount(json, "live", spec.meter, counter.live);
    add_amount(json, "sample", spec.meter, counter.sample);
    return json.add_json("ema", store::emas_json(emas)).str();
}

std::string limit_json(const EnforceRow& row) {
    JsonObject json;
    json.add_text("limit", row.limit);
    return store::add_level(json, row).str();
}

std::optional<int64_t> closed_until_ms(const Engine& engine) {
    const Pane first_open = engine.first_open_pane();
    return first_open.is_set() ? std::optional(first_open.start_ms()) : std::nullopt;
}

}  // namespace

std::optional<std::string> account_json(Engine& engine,
                                        std::string_view account,
                                        const Sees& sees) {
    window::Ledger& ledger = engine.ledger();
    const window::AccountIndex index = ledger.find(account);
    if (index == window::kNoAccount) {
        return std::nullopt;
    }
    ledger.bring_up_to_date(index);
    JsonArray parents;
    JsonArray periods;
    JsonArray rolling;
    JsonArray limits;
    for (const window::AccountRef& parent : ledger.parents(index)) {
        if (!sees || sees(parent.account)) {
            parents.add_text(parent.account);
        }
    }
    for (const window::OpenPeriod& open : ledger.account(index).periods) {
        periods.add_json(period_json(engine, open));
    }
    for (uint32_t at = 0; at < ledger.plan(index).counters.size(); ++at) {
        rolling.add_json(counter_json(engine, index, at));
    }
    for (const EnforceRow& row : engine.policy().rows_of(index)) {
        limits.add_json(limit_json(row));
    }
    return JsonObject()
        .add_text("account", account)
        .add("as_of_ms", closed_until_ms(engine))
        .add_json("parents", parents.str())
        .add_json("periods", periods.str())
        .add_json("rolling", rolling.str())
        .add_json("limits", limits.str())
        .str();
}

}  // namespace spantoll::tools
