#include "store/show/internal_json.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schemas/text/decision_json.h"
#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/codec/record_codec.h"
#include "store/show/base64.h"

namespace spantoll::store {
namespace {

using Json = std::optional<std::string>;

Json text_json(std::string_view member, std::string_view value) {
    const std::optional<TextRecord> record = decode_text(value);
    return record ? Json(JsonObject().add_text(member, record->text).str()) : std::nullopt;
}

std::string steps_json(const std::vector<Step>& steps) {
    JsonArray array;
    for (const Step& step : steps) {
        array.add_json(JsonArray().add(step.percent).add_text(name_of(step.action)).str());
    }
    return array.str();
}

}  // namespace

// The dedup seed stays secret: whoever knows it can make spans that look like duplicates.
Json format_json(std::string_view value) {
    const std::optional<FormatRecord> record = decode_format(value);
    if (!record) {
        return std::nullopt;
    }
    JsonObject kinds;
    for (const AccountKind& kind : record->kinds) {
        JsonArray dimensions;
        for (const Dimension dimension : kind.dimensions) {
            dimensions.add_text(name_of(dimension));
        }
        kinds.add_json(kind.name, dimensions.str());
    }
    JsonArray periods;
    for (const WindowKind period : record->periods) {
        periods.add_text(to_text(WindowSpec{period, 0}));
    }
    return JsonObject()
        .add("version", record->version)
        .add_json("kinds", kinds.str())
        .add_json("periods", periods.str())
        .add_text("zone", record->zone.name())
        .str();
}

Json logged_decision_json(std::string_view value) {
    const std::optional<Decision> decision = decode_decision(value);
    if (!decision) {
        return std::nullopt;
    }
    return JsonObject()
        .add_text("id", decision_id(*decision))
        .add("effective_ms", decision->effective_ms)
        .add_text("account", decision->account)
        .add_json("decision", decision_json(*decision))
        .str();
}

Json outbox_json(std::string_view value) {
    if (Json decision = logged_decision_json(value)) {
        return decision;
    }
    const std::optional<std::string> key = decode_dead_letter_pointer(value);
    return key ? Json(JsonObject().add_text("dead_letter", *key).str()) : std::nullopt;
}

Json dead_letter_json(std::string_view value) {
    const std::optional<DeadLetter> letter = decode_dead_letter(value);
    if (!letter) {
        return std::nullopt;
    }
    JsonArray refused;
    for (const auto& [index, reason] : letter->refused) {
        refused.add_json(
            JsonObject().add("index", index).add_text("reason", name_of(reason)).str());
    }
    return JsonObject()
        .add("sequence", letter->sequence)
        .add_json("refused", refused.str())
        .add_text("detail", letter->detail)
        .add_text("content_type", letter->content_type)
        .add("size", letter->size)
        .add_text("bytes_base64", base64(letter->bytes))
        .str();
}

Json meter_json(std::string_view value) {
    return text_json("meter", value);
}

Json audit_json(std::string_view value) {
    return text_json("what", value);
}

Json arrival_json(std::string_view value) {
    const std::optional<TextRecord> record = decode_text(value);
    if (!record) {
        return std::nullopt;
    }
    return JsonObject().add_text("dead_letter", record->text).add("size", record->size).str();
}

std::string where_json(const std::vector<ValuePattern>& where) {
    JsonObject json;
    for (const ValuePattern& pattern : where) {
        json.add_text(name_of(pattern.dimension), to_text(pattern));
    }
    return json.str();
}

std::string overrides_json(const std::vector<AmountOverride>& overrides) {
    JsonObject json;
    for (const AmountOverride& one : overrides) {
        json.add(one.account, one.amount);
    }
    return json.str();
}

Json limit_json(std::string_view value) {
    const std::optional<Limit> limit = decode_limit(value);
    if (!limit) {
        return std::nullopt;
    }
    JsonObject json;
    json.add_text("name", limit->name);
    if (limit->selection != Selection::kAll) {
        const bool is_kind = limit->selection == Selection::kKind;
        json.add_text(is_kind ? "kind" : "account", is_kind ? limit->kind : limit->account);
    }
    if (!limit->where.empty()) {
        json.add_json("where", where_json(limit->where));
    }
    json.add_text("meter", name_of(limit->meter)).add_flag("count_failed", limit->count_failed);
    json.add("amount", limit->amount);
    if (!limit->overrides.empty()) {
        json.add_json("overrides", overrides_json(limit->overrides));
    }
    json.add_text("window", to_text(limit->window))
        .add_text("judge", limit->judge == Judge::kEma ? "ema" : "total");
    if (limit->judge == Judge::kEma) {
        json.add_text("alpha",
                      fmt::format("{}/{}", limit->alpha.numerator, limit->alpha.denominator))
            .add("consecutive", limit->consecutive)
            .add_text("action", name_of(limit->action));
    } else {
        json.add_json("steps", steps_json(limit->steps)).add("hysteresis", limit->hysteresis);
    }
    return json.add("ttl_ms", limit->ttl_ms)
        .add_flag("shadow", limit->shadow)
        .add_text("on_overflow", name_of(limit->on_overflow))
        .add_text("on_lag", name_of(limit->on_lag))
        .add_text("on_cold", name_of(limit->on_cold))
        .add("series", decode_limit_series(value).value_or(0))
        .str();
}

Json next_json(std::string_view value) {
    const std::optional<NextRecord> next = decode_next(value);
    if (!next) {
        return std::nullopt;
    }
    return JsonObject()
        .add("account_id", next->account_id.number)
        .add("sequence", next->sequence)
        .add("slot", next->slot)
        .str();
}

Json running_json(std::string_view value) {
    const std::optional<RunningRow> row = decode_running(value);
    if (!row) {
        return std::nullopt;
    }
    JsonArray suspects;
    for (const SuspectRecord& suspect : row->suspects) {
        suspects.add_json(JsonObject()
                              .add_text("topic", suspect.partition.topic)
                              .add("partition", suspect.partition.partition)
                              .add("offset", suspect.offset)
                              .add("deaths", suspect.deaths)
                              .str());
    }
    return JsonObject()
        .add_json("suspects", suspects.str())
        .add_flag("is_reading_last", row->is_reading_last)
        .str();
}

Json pane_json(std::string_view value) {
    const std::optional<std::vector<PaneEntry>> entries = decode_pane(value);
    if (!entries) {
        return std::nullopt;
    }
    JsonArray array;
    for (const PaneEntry& entry : *entries) {
        array.add_json(
            JsonArray().add(entry.account_id.number).add(entry.slot).add(entry.amount).str());
    }
    return JsonObject().add_json("account_slot_amount", array.str()).str();
}

Json dedup_json(std::string_view value) {
    std::vector<uint64_t> hashes;
    if (!decode_hashes(value, hashes)) {
        return std::nullopt;
    }
    JsonArray array;
    for (const uint64_t hash : hashes) {
        array.add_text(fmt::format("{:016x}", hash));
    }
    return JsonObject().add_json("hashes", array.str()).str();
}

}  // namespace spantoll::store
