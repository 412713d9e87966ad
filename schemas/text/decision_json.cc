#include "schemas/text/decision_json.h"

#include <fmt/format.h>

#include "schemas/text/json_writer.h"

namespace spantoll {
namespace {

void add_amount(JsonObject& json, const std::string& name, MeterKind kind, Int128 amount) {
    if (kind == MeterKind::kUsd) {
        json.add_text(name + "_usd", to_usd_text(Money::from_pico(amount)))
            .add_text(name + "_pico_usd", to_text(amount));
    } else {
        json.add(name, amount);
    }
}

std::string cause_json(const std::optional<Cause>& cause) {
    if (!cause) {
        return "null";
    }
    JsonObject json;
    json.add_text("topic", cause->topic)
        .add("partition", cause->partition)
        .add("offset", cause->offset)
        .add("index", cause->index);
    if (cause->trace_id == TraceId{}) {
        json.add_json("trace_id", "null");
    } else {
        json.add_text("trace_id",
                      fmt::format("{:016x}{:016x}", cause->trace_id.high, cause->trace_id.low));
    }
    return json.str();
}

}  // namespace

std::string decision_json(const Decision& decision) {
    const bool is_release = decision.action == Action::kNone;
    JsonObject json;
    json.add_text("id", decision_id(decision))
        .add("number", decision.number)
        .add("effective_ms", decision.effective_ms)
        .add_text("account", decision.account)
        .add_text("limit", decision.limit)
        .add_text("action", is_release ? "release" : name_of(decision.action))
        .add_text("previous", name_of(decision.previous))
        .add_text("reason", name_of(decision.reason))
        .add_text("meter", name_of(decision.meter))
        .add_text("window", to_text(decision.window))
        .add("window_start_ms", decision.window_start_ms);
    add_amount(json, "observed", decision.meter.kind, decision.observed);
    add_amount(json, "amount", decision.meter.kind, decision.amount);
    std::optional<int64_t> ttl_ms;
    if (decision.valid_until_ms) {
        ttl_ms = *decision.valid_until_ms - decision.effective_ms;
    }
    json.add("valid_until_ms", decision.valid_until_ms)
        .add("ttl_ms", ttl_ms)
        .add_json("cause", cause_json(decision.cause))
        .add_flag("shadow", decision.shadow);
    if (!decision.owner.empty()) {
        json.add_text("owner", decision.owner);
    }
    return json.str();
}

}  // namespace spantoll
