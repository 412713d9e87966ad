#pragma once

#include <cstdint>
#include <vector>

#include "schemas/int128.h"

namespace spantoll::window {

// Below which totals no limit of a plan has anything to say of a charge to an account that holds no
// level. Limits judged by EMA say nothing at a charge.
struct FirstSteps {
    struct Rolling {
        uint32_t counter = 0;  // index into Plan::counters
        Int128 total = 0;
    };
    struct Calendar {
        uint32_t window = 0;  // index into CountingPlans::windows()
        Int128 total = 0;
    };
    std::vector<Rolling> rolling;
    std::vector<Calendar> calendar;
    bool are_all_usd = true;  // every one of these totals is one of money
};

}  // namespace spantoll::window
