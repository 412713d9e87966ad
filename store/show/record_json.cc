#include "store/show/record_json.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "schemas/event_time.h"
#include "schemas/text/json_writer.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
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
void bring_to(RollingRow& row, int64_t closed_pane) {
    if (row.as_of == kUnset || closed_pane == kUnset) {
        return;
    }
    for (RollingMeterRow& meter : row.meters) {
        for (EmaRow& ema : meter.emas) {
            window::step_ema_repeatedly(ema, meter.sample, closed_pane - row.as_of);
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

Json rolling_json(std::string_view value, int64_t closed_pane) {
    std::optional<RollingRow> row = decode_rolling(value);
    if (!row) {
        return std::nullopt;
    }
    bring_to(*row, closed_pane);
    std::sort(row->meters.begin(), row->meters.end(), [](const auto& a, const auto& b) {
        return name_of(a.meter) < name_of(b.meter);
    });
    JsonObject meters;
    for (const RollingMeterRow& meter : row->meters) {
        meters.add_json(name_of(meter.meter), rolling_meter_json(meter));
    }
    const std::optional<int64_t> as_of_ms =
        closed_pane == kUnset ? std::nullopt : std::optional(closed_pane * kMinuteMs);
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

Json offset_json(std::string_view value) {
    const std::optional<OffsetRow> row = decode_offset(value);
    if (!row) {
        return std::nullopt;
    }
    return JsonObject()
        .add("next_offset", row->next_offset)
        .add("last_offset", row->last_offset)
        .add("last_append_ms", row->last.append_ms)
        .add("last_size", row->last.size)
        .add("last_crc32c", row->last.crc32c)
        .add("time_ms_max", null_if_unset(row->time_ms_max))
        .str();
}

Json counts_json(std::string_view value) {
    const std::optional<CountsRow> row = decode_counts(value);
    if (!row) {
        return std::nullopt;
    }
    JsonObject refused;
    for (size_t i = 0; i < kRefusalCount; ++i) {
        // Nearly no store has one, and digests of the others stay what they were.
        const bool is_left_out =
            static_cast<Refusal>(i) == Refusal::kCrashed && row->refused[i] == 0;
        if (!is_left_out) {
            refused.add(kRefusalNames[i], row->refused[i]);
        }
    }
    return JsonObject()
        .add("polled", row->polled)
        .add("accepted", row->accepted)
        .add("duplicate", row->duplicate)
        .add("late", row->late)
        .add_json("refused", refused.str())
        .str();
}

Json watermark_json(std::string_view value) {
    const std::optional<WatermarkRow> row = decode_watermark(value);
    if (!row) {
        return std::nullopt;
    }
    return JsonObject().add("watermark_ms", null_if_unset(row->watermark_ms)).str();
}

constexpr std::array<std::string_view, 10> kInternalPrefixes{kWindowPrefix,
                                                             kStreakPrefix,
                                                             kDecisionPrefix,
                                                             kArrivalPrefix,
                                                             kMeterPrefix,
                                                             kLimitPrefix,
                                                             kAuditPrefix,
                                                             kSinkPrefix,
                                                             kPanePrefix,
                                                             kDedupPrefix};

}  // namespace

Json record_json(std::string_view key, std::string_view value, int64_t closed_pane) {
    if (key.starts_with(kFedcostPrefix) || key.starts_with(kWindowPrefix)) {
        return period_json(value);
    }
    if (key.starts_with(kIndexPrefix)) {
        return "{}";
    }
    if (key.starts_with(kRollingPrefix)) {
        return rolling_json(value, closed_pane);
    }
    if (key.starts_with(kEnforcePrefix) || key.starts_with(kStreakPrefix)) {
        return enforce_json(value);
    }
    if (key.starts_with(kOffsetPrefix)) {
        return offset_json(value);
    }
    if (key.starts_with(kCountsPrefix)) {
        return counts_json(value);
    }
    return key == kWatermarkKey ? watermark_json(value) : internal_json(key, value);
}

bool is_internal(std::string_view key) {
    return key == kNextKey || key == kRunningKey ||
           std::any_of(kInternalPrefixes.begin(), kInternalPrefixes.end(), [&](auto prefix) {
               return key.starts_with(prefix);
           });
}

}  // namespace spantoll::store
