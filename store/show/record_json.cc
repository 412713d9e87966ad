#include "store/show/record_json.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "schemas/event_time.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/show/internal_json.h"
#include "store/show/json_object.h"
#include "window/ema.h"

namespace spantoll::store {
namespace {

using Json = std::optional<std::string>;

constexpr size_t kEmaDecimals = 6;

std::optional<int64_t> null_if_unset(int64_t value) {
    return value == kUnset ? std::nullopt : std::optional(value);
}

// Value over kEmaScale with exactly six decimals.
std::string ema_text(Int128 value) {
    const bool negative = value < 0;
    std::string digits = to_text(value).substr(negative ? 1 : 0);
    if (digits.size() <= kEmaDecimals) {
        digits.insert(0, kEmaDecimals + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - kEmaDecimals, 1, '.');
    return negative ? "-" + digits : digits;
}

Json period_json(std::string_view value) {
    std::optional<PeriodRecord> record = decode_period(value);
    if (!record) {
        return std::nullopt;
    }
    std::sort(record->usage.begin(), record->usage.end());
    JsonObject usage;
    for (const auto& [meter, quantity] : record->usage) {
        usage.add(meter, quantity);
    }
    const PeriodTotals& totals = record->totals;
    return JsonObject()
        .add("request_count", Int128{totals.request_count})
        .add("error_count", Int128{totals.error_count})
        .add("ingress_bytes", totals.ingress_bytes)
        .add("egress_bytes", totals.egress_bytes)
        .add_json("usage", usage.str())
        .add_money("cost", totals.cost)
        .add("late_count", Int128{totals.late_count})
        .add("unpriced_count", Int128{totals.unpriced_count})
        .add("first_ms", Int128{totals.first_ms})
        .add("last_ms", Int128{totals.last_ms})
        .str();
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

std::string rolling_meter_json(const RollingMeterRow& meter) {
    JsonObject json;
    if (meter.meter.kind == MeterKind::kUsd) {
        json.add_money("live", Money::from_pico(meter.live))
            .add_text("sample_pico_usd", to_text(meter.sample));
    } else {
        json.add("live", meter.live).add("sample", meter.sample);
    }
    std::vector<std::pair<std::string, std::string>> emas;
    for (const EmaRow& ema : meter.emas) {
        if (ema.is_set) {
            emas.emplace_back(
                std::to_string(ema.alpha.numerator) + "/" + std::to_string(ema.alpha.denominator),
                ema_text(ema.value));
        }
    }
    if (emas.empty()) {
        return json.str();
    }
    std::sort(emas.begin(), emas.end());
    JsonObject by_alpha;
    for (const auto& [alpha, text] : emas) {
        by_alpha.add_text(alpha, text);
    }
    return json.add_json("ema", by_alpha.str()).str();
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
    return JsonObject()
        .add_text("level", name_of(row->level))
        .add("since_ms", Int128{row->since_ms})
        .add("valid_until_ms", row->valid_until_ms)
        .add("streak", Int128{row->streak})
        .add("number", Int128{row->number})
        .add_flag("shadow", row->shadow)
        .str();
}

Json offset_json(std::string_view value) {
    const std::optional<OffsetRow> row = decode_offset(value);
    if (!row) {
        return std::nullopt;
    }
    return JsonObject()
        .add("next_offset", Int128{row->next_offset})
        .add("last_offset", Int128{row->last_offset})
        .add("last_append_ms", Int128{row->last.append_ms})
        .add("last_size", Int128{row->last.size})
        .add("last_crc32c", Int128{row->last.crc32c})
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
            refused.add(kRefusalNames[i], Int128{row->refused[i]});
        }
    }
    return JsonObject()
        .add("polled", Int128{row->polled})
        .add("accepted", Int128{row->accepted})
        .add("duplicate", Int128{row->duplicate})
        .add("late", Int128{row->late})
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

constexpr std::array<std::string_view, 9> kInternalPrefixes{kWindowPrefix,
                                                            kStreakPrefix,
                                                            kDecisionPrefix,
                                                            kArrivalPrefix,
                                                            kMeterPrefix,
                                                            kLimitPrefix,
                                                            kAuditPrefix,
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
