#pragma once

#include <cstdint>
#include <vector>

#include "schemas/int128.h"
#include "schemas/meter.h"

namespace spantoll::window {

// Per plan: the lowest totals at which any limit can act on an account that has no level. A
// charge that stays below all of them needs no judging. Limits judged by EMA act at closings alone.
struct FirstSteps {
    struct Rolling {
        uint32_t counter = 0;  // index into Plan::counters
        Int128 total = 0;
        MeterKind meter = MeterKind::kUsd;
    };
    struct Calendar {
        uint32_t window = 0;  // index into CountingPlans::windows()
        Int128 total = 0;
        Meter meter;
    };
    std::vector<Rolling> rolling;
    std::vector<Calendar> calendar;
};

}  // namespace spantoll::window
