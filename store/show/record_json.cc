#include "store/show/record_json.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schemas/event_time.h"
#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/codec/row_lists.h"
#include "store/show/account_json.h"
#include "store/show/internal_json.h"
#include "window/ema.h"

namespace spantoll::store {
namespace {

using Json = std::optional<std::string>;

std::optional<int64_t> null_if_unset(int64_t value) {
    return value == kUnset ? std::nullopt : std::optional(value);
}

Json period_json(std::string_view value) {
    std::optional<PeriodRecord> record = decode_period(value);
    if (!record) {
        return std::nullopt;
    }
    JsonObject json;
    return add_totals(json, record->totals, record->usage).str();
}

// The steps between as_of and C, which the engine takes when it next touches the row.
void bring_to(RollingRow& row, Pane closed_pane) {
    if (row.as_of == kUnset || !closed_pane.is_set()) {
        return;
    }
    for (RollingMeterRow& meter : row.meters) {
        for (EmaRow& ema : meter.emas) {
            window::step_ema_repeatedly(ema, meter.sample, closed_pane.index - row.as_of);
        }
    }
}

// Those that are set, ascending by the text that names them.
std::vector<EmaRow> set_emas(const RollingMeterRow& meter) {
    std::map<std::string, EmaRow> by_text;
    for (const EmaRow& ema : meter.emas) {
        if (ema.is_set) {
            by_text[fmt::format("{}/{}", ema.alpha.numerator, ema.alpha.denominator)] = ema;
        }
    }
    std::vector<EmaRow> emas;
    emas.reserve(by_text.size());
    for (const auto& [text, ema] : by_text) {
        emas.push_back(ema);
    }
    return emas;
}

std::string rolling_meter_json(const RollingMeterRow& meter) {
    JsonObject json;
    if (meter.meter.kind == MeterKind::kUsd) {
        json.add_money("live", Money::from_pico(meter.live))
            .add_text("sample_pico_usd", to_text(meter.sample));
    } else {
        json.add("live", meter.live).add("sample", meter.sample);
    }
    const std::vector<EmaRow> emas = set_emas(meter);
    return emas.empty() ? json.str() : json.add_json("ema", emas_json(emas)).str();
}

Json rolling_json(std::string_view value, Pane closed_pane) {
    std::optional<RollingRow> row = decode_rolling(value);
    if (!row) {
        return std::nullopt;
    }
    bring_to(*row, closed_pane);
    std::sort(row->meters.begin(), row->meters.end(), [](const auto& a, const auto& b) {
        return counter_name(a.meter) < counter_name(b.meter);
    });
    JsonObject meters;
    for (const RollingMeterRow& meter : row->meters) {
        meters.add_json(counter_name(meter.meter), rolling_meter_json(meter));
    }
    const std::optional<int64_t> as_of_ms =
        closed_pane.is_set() ? std::optional(closed_pane.start_ms()) : std::nullopt;
    return JsonObject().add("as_of_ms", as_of_ms).add_json("meters", meters.str()).str();
}

Json enforce_json(std::string_view value) {
    const std::optional<EnforceRow> row = decode_enforce(value);
    if (!row) {
        return std::nullopt;
    }
    JsonObject json;
    return add_level(json, *row).str();
}

Json watermark_json(std::string_view value) {
    const std::optional<WatermarkRow> row = decode_watermark(value);
    if (!row) {
        return std::nullopt;
    }
    return JsonObject().add("watermark_ms", null_if_unset(row->watermark_ms)).str();
}

// A kind of row that is shown. `begin` is what keys begin with, or, of a kind with one row, the
// key.
struct ShownKind {
    std::string_view begin;
    Family family;
    Visibility visibility;
    Json (*show)(std::string_view key, std::string_view value, Pane closed_pane);
};

// Of a kind that needs neither the key nor C.
template <Json (*kShow)(std::string_view value)>
Json show(std::string_view /*key*/, std::string_view value, Pane /*closed_pane*/) {
    return kShow(value);
}

template <HasRowKind Row>
Json show_listed(std::string_view key, std::string_view value, Pane /*closed_pane*/) {
    const std::optional<Row> row = RowKind<Row>::decode(key, value);
    return row ? Json(RowKind<Row>::json(*row)) : std::nullopt;
}

std::vector<ShownKind> shown_kinds() {
    using enum Visibility;
    const auto rolling = [](auto, auto value, Pane closed) { return rolling_json(value, closed); };
    const auto index = [](auto, auto, Pane) { return Json("{}"); };
    std::vector<ShownKind> kinds{
        {kFedcostPrefix, Family::kCost, kDigest, show<period_json>},
        {kWindowPrefix, Family::kCost, kInternal, show<period_json>},
        {kIndexPrefix, Family::kIndex, kDigest, index},
        {kRollingPrefix, Family::kRolling, kDigest, rolling},
        {kEnforcePrefix, Family::kEnforce, kDigest, show<enforce_json>},
        {kStreakPrefix, Family::kEnforce, kInternal, show<enforce_json>},
        {kWatermarkKey, Family::kMeta, kDigest, show<watermark_json>},
        {kFormatKey, Family::kMeta, kShown, show<format_json>},
        {kOutboxPrefix, Family::kOutbox, kShown, show<outbox_json>},
        {kDeadPrefix, Family::kDead, kShown, show<dead_letter_json>},
        {kArrivalPrefix, Family::kDead, kInternal, show<arrival_json>},
        {kDecisionPrefix, Family::kDecisions, kInternal, show<logged_decision_json>},
        {kMeterPrefix, Family::kMeta, kInternal, show<meter_json>},
        {kAuditPrefix, Family::kMeta, kInternal, show<audit_json>},
        {kLimitPrefix, Family::kMeta, kInternal, show<limit_json>},
        {kNextKey, Family::kMeta, kInternal, show<next_json>},
        {kRunningKey, Family::kMeta, kInternal, show<running_json>},
        {kPanePrefix, Family::kPanes, kInternal, show<pane_json>},
        {kDedupPrefix, Family::kDedup, kInternal, show<dedup_json>},
    };
    const RowLists no_rows;
    RowLists::each(no_rows, [&]<typename Row>(const std::vector<Row>&) {
        kinds.push_back({RowKind<Row>::kPrefix,
                         RowKind<Row>::kFamily,
                         RowKind<Row>::kVisibility,
                         show_listed<Row>});
    });
    return kinds;
}

const std::vector<ShownKind>& kinds() {
    static const std::vector<ShownKind> kinds = shown_kinds();
    return kinds;
}

// Null where no kind of ours has such a key.
const ShownKind* kind_of(std::string_view key) {
    for (const ShownKind& kind : kinds()) {
        if (key.starts_with(kind.begin)) {
            return &kind;
        }
    }
    return nullptr;
}

}  // namespace

Json record_json(std::string_view key, std::string_view value, Pane closed_pane) {
    const ShownKind* kind = kind_of(key);
    return kind == nullptr ? std::nullopt : kind->show(key, value, closed_pane);
}

Visibility visibility_of(std::string_view key) {
    const ShownKind* kind = kind_of(key);
    return kind == nullptr ? Visibility::kShown : kind->visibility;
}

bool has_only_internal_rows(Family family) {
    return std::all_of(kinds().begin(), kinds().end(), [&](const ShownKind& kind) {
        return kind.family != family || kind.visibility == Visibility::kInternal;
    });
}

}  // namespace spantoll::store
