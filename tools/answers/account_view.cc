#include "tools/answers/account_view.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "schemas/json_text.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

std::string money(std::string_view name, Int128 pico) {
    return fmt::format("\"{}_pico_usd\":\"{}\",\"{}_usd\":\"{}\"",
                       name,
                       to_text(pico),
                       name,
                       to_usd_text(Money::from_pico(pico)));
}

std::string amount(std::string_view name, const Meter& meter, Int128 value) {
    return meter.kind == MeterKind::kUsd ? money(name, value)
                                         : fmt::format("\"{}\":{}", name, to_text(value));
}

std::string text(std::string_view value) {
    std::string json;
    append_json_string(json, value);
    return json;
}

std::string time_or_null(const std::optional<int64_t>& ms) {
    return ms ? std::to_string(*ms) : "null";
}

std::string ema_text(Int128 value) {
    const Int128 fraction = value % kEmaScale;
    return fmt::format("{}{}.{:06}",
                       value < 0 && value / kEmaScale == 0 ? "-" : "",
                       to_text(value / kEmaScale),
                       static_cast<int64_t>(fraction < 0 ? -fraction : fraction));
}

std::string period_json(Engine& engine, const window::OpenPeriod& open) {
    const PeriodTotals& totals = open.totals;
    const WindowSpec window = engine.ledger().plans().windows()[open.window].window;
    std::map<std::string, Int128> by_name;
    for (const UsageTotal& usage : totals.usage) {
        by_name[engine.meters().name(usage.meter)] += usage.quantity;
    }
    std::string usage;
    for (const auto& [name, quantity] : by_name) {
        usage += fmt::format("{}{}:{}", usage.empty() ? "" : ",", text(name), to_text(quantity));
    }
    return fmt::format(
        "{{\"period\":{},\"window\":{},\"request_count\":{},\"error_count\":{},"
        "\"ingress_bytes\":{},\"egress_bytes\":{},\"usage\":{{{}}},{},\"late_count\":{},"
        "\"unpriced_count\":{},\"first_ms\":{},\"last_ms\":{}}}",
        text(window::period_label({window, open.start_ms})),
        text(to_text(window)),
        totals.request_count,
        totals.error_count,
        to_text(totals.ingress_bytes),
        to_text(totals.egress_bytes),
        usage,
        money("cost", totals.cost.pico()),
        totals.late_count,
        totals.unpriced_count,
        totals.first_ms,
        totals.last_ms);
}

std::string counter_json(Engine& engine, window::AccountIndex index, uint32_t at) {
    window::Ledger& ledger = engine.ledger();
    const window::CounterSpec& spec = ledger.plan(index).counters[at];
    std::string emas;
    for (uint32_t alpha = 0; alpha < spec.alphas.size(); ++alpha) {
        const EmaRow& ema = ledger.ema_brought_to_now(index, at, alpha);
        if (ema.is_set) {
            emas += fmt::format("{}\"{}/{}\":\"{}\"",
                                emas.empty() ? "" : ",",
                                ema.alpha.numerator,
                                ema.alpha.denominator,
                                ema_text(ema.value));
        }
    }
    const window::RollingCounter& counter = ledger.account(index).counters[at];
    return fmt::format("{{\"window\":\"{}\",\"meter\":{},{},{},\"ema\":{{{}}}}}",
                       window_length_text(spec.window_minutes),
                       text(name_of(spec.meter)),
                       amount("live", spec.meter, counter.live),
                       amount("sample", spec.meter, counter.sample),
                       emas);
}

std::string limit_json(const EnforceRow& row) {
    return fmt::format(
        "{{\"limit\":{},\"level\":\"{}\",\"since_ms\":{},\"valid_until_ms\":{},\"streak\":{},"
        "\"number\":{},\"shadow\":{}}}",
        text(row.limit),
        name_of(row.level),
        row.since_ms,
        time_or_null(row.valid_until_ms),
        row.streak,
        row.number,
        row.shadow);
}

void add(std::string& list, const std::string& element) {
    list += list.empty() ? element : "," + element;
}

}  // namespace

std::optional<std::string> account_json(Engine& engine, std::string_view account) {
    window::Ledger& ledger = engine.ledger();
    const window::AccountIndex index = ledger.find(account);
    if (index == window::kNoAccount) {
        return std::nullopt;
    }
    ledger.bring_up_to_date(index);
    std::string parents;
    std::string periods;
    std::string rolling;
    std::string limits;
    for (const window::AccountRef& parent : ledger.parents(index)) {
        add(parents, text(parent.account));
    }
    for (const window::OpenPeriod& open : ledger.account(index).periods) {
        add(periods, period_json(engine, open));
    }
    for (uint32_t at = 0; at < ledger.plan(index).counters.size(); ++at) {
        add(rolling, counter_json(engine, index, at));
    }
    for (const EnforceRow& row : engine.policy().rows_of(index)) {
        add(limits, limit_json(row));
    }
    const int64_t first_open = engine.first_open_pane();
    return fmt::format(
        "{{\"account\":{},\"as_of_ms\":{},\"parents\":[{}],\"periods\":[{}],\"rolling\":[{}],"
        "\"limits\":[{}]}}",
        text(account),
        first_open == kUnset ? "null" : std::to_string(first_open * kMinuteMs),
        parents,
        periods,
        rolling,
        limits);
}

}  // namespace spantoll::tools
