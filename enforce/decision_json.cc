#include "enforce/decision_json.h"

#include <fmt/format.h>

#include "schemas/json_text.h"

namespace spantoll::enforce {
namespace {

void add_text(std::string& json, std::string_view name, std::string_view text) {
    json += fmt::format("\"{}\":", name);
    append_json_string(json, text);
    json += ',';
}

void add_time(std::string& json, std::string_view name, const std::optional<int64_t>& ms) {
    json += ms ? fmt::format("\"{}\":{},", name, *ms) : fmt::format("\"{}\":null,", name);
}

void add_amount(std::string& json, std::string_view name, MeterKind kind, Int128 amount) {
    if (kind == MeterKind::kUsd) {
        json += fmt::format("\"{}_usd\":\"{}\",\"{}_pico_usd\":\"{}\",",
                            name,
                            to_usd_text(Money::from_pico(amount)),
                            name,
                            to_text(amount));
    } else {
        json += fmt::format("\"{}\":{},", name, to_text(amount));
    }
}

void add_cause(std::string& json, const std::optional<Cause>& cause) {
    if (!cause) {
        json += "\"cause\":null,";
        return;
    }
    json += "\"cause\":{";
    add_text(json, "topic", cause->topic);
    json += fmt::format("\"partition\":{},\"offset\":{},\"index\":{},\"trace_id\":",
                        cause->partition,
                        cause->offset,
                        cause->index);
    json += cause->trace_id == TraceId{}
                ? "null"
                : fmt::format("\"{:016x}{:016x}\"", cause->trace_id.high, cause->trace_id.low);
    json += "},";
}

}  // namespace

std::string decision_json(const Decision& decision) {
    std::string json = "{";
    add_text(json, "id", decision_id(decision));
    json +=
        fmt::format("\"number\":{},\"effective_ms\":{},", decision.number, decision.effective_ms);
    add_text(json, "account", decision.account);
    add_text(json, "limit", decision.limit);
    add_text(
        json, "action", decision.action == Action::kNone ? "release" : name_of(decision.action));
    add_text(json, "previous", name_of(decision.previous));
    add_text(json, "reason", name_of(decision.reason));
    add_text(json, "meter", name_of(decision.meter));
    add_text(json, "window", to_text(decision.window));
    add_time(json, "window_start_ms", decision.window_start_ms);
    add_amount(json, "observed", decision.meter.kind, decision.observed);
    add_amount(json, "amount", decision.meter.kind, decision.amount);
    add_time(json, "valid_until_ms", decision.valid_until_ms);
    std::optional<int64_t> ttl_ms;
    if (decision.valid_until_ms) {
        ttl_ms = *decision.valid_until_ms - decision.effective_ms;
    }
    add_time(json, "ttl_ms", ttl_ms);
    add_cause(json, decision.cause);
    json += fmt::format("\"shadow\":{}}}", decision.shadow);
    return json;
}

}  // namespace spantoll::enforce
