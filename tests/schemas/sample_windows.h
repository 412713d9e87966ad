#pragma once

#include <rapidcheck.h>
#include <string>
#include <vector>

#include "schemas/window_spec.h"

namespace spantoll {

// Any window that a limit may have, and others alike.
inline WindowSpec any_window() {
    WindowSpec window;
    window.kind =
        static_cast<WindowKind>(*rc::gen::inRange(0, static_cast<int>(WindowKind::kLifetime) + 1));
    if (window.kind == WindowKind::kRolling || window.kind == WindowKind::kEvery) {
        window.minutes = *rc::gen::inRange<int64_t>(1, kWindowMinutesMax + 1);
    }
    if (window.kind == WindowKind::kEvery && *rc::gen::arbitrary<bool>()) {
        window.anchor_ms = *rc::gen::arbitrary<bool>()
                               ? kAnchorFirst
                               : *rc::gen::inRange<int64_t>(-1'000'000'000'000, 4'000'000'000'000);
    }
    if (window.is_civil()) {
        window.zone =
            Zone::named(*rc::gen::elementOf(std::vector<std::string>{
                            "UTC", "Europe/Berlin", "America/Port-au-Prince", "No/Such_Zone"}))
                .value();
    }
    if (window.kind == WindowKind::kWeek) {
        window.week_start = *rc::gen::inRange<uint8_t>(1, 8);
    }
    if (window.kind == WindowKind::kMonth) {
        window.month_day = *rc::gen::inRange<uint8_t>(1, kMonthDayMax + 1);
    }
    if (window.kind == WindowKind::kQuarter || window.kind == WindowKind::kYear) {
        window.year_start = *rc::gen::inRange<uint8_t>(1, 13);
    }
    return window;
}

}  // namespace spantoll
