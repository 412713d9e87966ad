#pragma once

#include <limits>
#include <rapidcheck.h>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/rows.h"
#include "store/codec/record_codec.h"
#include "store/store.h"
#include "tests/schemas/sample_windows.h"
#include "window/calendar.h"

namespace spantoll::store {

inline Int128 any_int128() {
    const auto high = *rc::gen::arbitrary<int64_t>();
    const auto low = *rc::gen::arbitrary<uint64_t>();
    // Small numbers are as likely as large ones.
    return *rc::gen::arbitrary<bool>()
               ? Int128{high}
               : static_cast<Int128>(static_cast<Uint128>(high) << 64 | low);
}

inline int64_t any_time_or_unset() {
    return *rc::gen::elementOf(std::vector<int64_t>{kUnset, 0, 1'700'000'000'000, -5});
}

// Bytes that an escaped name may have.
inline std::string any_name() {
    return *rc::gen::nonEmpty(rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("ab:.~-_,%20 \x7f\xc3\xa4"))));
}

inline Meter any_meter(size_t place) {
    return place < 5 ? Meter{static_cast<MeterKind>(place), {}}
                     : Meter{MeterKind::kUsage, "meter_" + std::to_string(place)};
}

inline Decision any_decision() {
    Decision decision;
    decision.number = *rc::gen::arbitrary<uint64_t>();
    decision.effective_ms = *rc::gen::arbitrary<int64_t>();
    decision.account = any_name();
    decision.limit = any_name();
    decision.action = static_cast<Action>(*rc::gen::inRange<int>(0, kActionNames.size()));
    decision.previous = static_cast<Action>(*rc::gen::inRange<int>(0, kActionNames.size()));
    decision.reason = static_cast<Reason>(*rc::gen::inRange<int>(0, kReasonNames.size()));
    decision.meter = any_meter(*rc::gen::inRange<size_t>(0, 7));
    decision.window = any_window();
    if (*rc::gen::arbitrary<bool>()) {
        decision.window_start_ms = *rc::gen::arbitrary<int64_t>();
    }
    decision.observed = any_int128();
    decision.amount = any_int128();
    if (*rc::gen::arbitrary<bool>()) {
        decision.valid_until_ms = any_time_or_unset();
    }
    if (*rc::gen::arbitrary<bool>()) {
        decision.cause = Cause{any_name(),
                               *rc::gen::arbitrary<int32_t>(),
                               *rc::gen::arbitrary<int64_t>(),
                               *rc::gen::arbitrary<uint32_t>(),
                               {*rc::gen::arbitrary<uint64_t>(), *rc::gen::arbitrary<uint64_t>()}};
    }
    decision.shadow = *rc::gen::arbitrary<bool>();
    return decision;
}

inline PeriodRecord any_period_record() {
    PeriodRecord record;
    record.totals.request_count = *rc::gen::arbitrary<uint64_t>();
    record.totals.error_count = *rc::gen::arbitrary<uint64_t>();
    record.totals.ingress_bytes = any_int128();
    record.totals.egress_bytes = any_int128();
    record.totals.cost = Money::from_pico(any_int128());
    record.totals.late_count = *rc::gen::arbitrary<uint64_t>();
    record.totals.unpriced_count = *rc::gen::arbitrary<uint64_t>();
    record.totals.first_ms = *rc::gen::arbitrary<int64_t>();
    record.totals.last_ms = *rc::gen::arbitrary<int64_t>();
    const auto count = *rc::gen::inRange<size_t>(0, 50);
    for (size_t i = 0; i < count; ++i) {
        record.usage.emplace_back("meter_" + std::to_string(i), any_int128());
    }
    return record;
}

inline RollingRow any_rolling() {
    RollingRow row;
    row.account = any_name();
    row.window_minutes = *rc::gen::inRange<int64_t>(1, kWindowMinutesMax);
    row.account_id = AccountId(*rc::gen::arbitrary<uint64_t>());
    row.as_of = any_time_or_unset();
    row.last_charged_pane = any_time_or_unset();
    row.open_pane = any_time_or_unset();
    const auto meters = *rc::gen::inRange<size_t>(0, 8);
    for (size_t i = 0; i < meters; ++i) {
        RollingMeterRow meter{any_meter(i),
                              *rc::gen::arbitrary<uint32_t>(),
                              any_int128(),
                              any_int128(),
                              any_int128(),
                              {}};
        const auto emas = *rc::gen::inRange(0, 4);
        for (int e = 0; e < emas; ++e) {
            meter.emas.push_back(
                {{e + 1, *rc::gen::inRange(10, 101)}, *rc::gen::arbitrary<bool>(), any_int128()});
        }
        row.meters.push_back(meter);
    }
    return row;
}

inline EnforceRow any_enforce() {
    EnforceRow row;
    row.account = any_name();
    row.limit = "limit-1";
    row.level = static_cast<Action>(*rc::gen::inRange(0, 5));
    row.since_ms = *rc::gen::arbitrary<int64_t>();
    if (*rc::gen::arbitrary<bool>()) {
        row.valid_until_ms = *rc::gen::arbitrary<int64_t>();
    }
    row.streak = *rc::gen::arbitrary<int32_t>();
    row.number = *rc::gen::arbitrary<uint64_t>();
    row.shadow = *rc::gen::arbitrary<bool>();
    row.step = *rc::gen::arbitrary<int32_t>();
    row.lease_until_ms = any_time_or_unset();
    row.emitted_ms = any_time_or_unset();
    row.expiry_window_start_ms = any_time_or_unset();
    const auto windows = *rc::gen::inRange(0, 4);
    for (int i = 0; i < windows; ++i) {
        const Int128 base = *rc::gen::arbitrary<bool>() ? any_int128() : Int128{0};
        row.windows.push_back(
            {*rc::gen::arbitrary<int64_t>(), *rc::gen::arbitrary<int32_t>(), base});
    }
    return row;
}

inline PaneEntry any_pane_entry() {
    return {
        AccountId(*rc::gen::arbitrary<uint64_t>()), *rc::gen::arbitrary<uint32_t>(), any_int128()};
}

}  // namespace spantoll::store
