#include <map>
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "window/charge_effect.h"

namespace spantoll::window {
namespace {

// Usage that is named in any order; every meter once.
std::vector<MeterQuantity> arbitrary_usage() {
    std::vector<MeterQuantity> usage;
    for (const auto meter :
         *rc::gen::container<std::vector<MeterId>>(rc::gen::inRange<MeterId>(0, 40))) {
        if (std::ranges::find(usage, meter, &MeterQuantity::meter) == usage.end()) {
            usage.push_back({meter, *rc::gen::arbitrary<uint32_t>()});
        }
    }
    return usage;
}

TEST(Charge, UsageIsAddedUpByMeterInWhateverOrderItIsNamed) {
    EXPECT_TRUE(rc::check([] {
        PeriodTotals totals;
        std::map<MeterId, Int128> expected;
        for (int i = 0; i < 5; ++i) {
            const std::vector<MeterQuantity> usage = arbitrary_usage();
            Charge charge;
            charge.usage = usage;
            charge.time_ms = 1;
            ChargeSum sum;
            sum.set(charge);
            add_totals(totals, sum.totals);
            for (const MeterQuantity& each : usage) {
                expected[each.meter] += each.quantity;
            }
        }
        std::vector<UsageTotal> ascending;
        ascending.reserve(expected.size());
        for (const auto& [meter, quantity] : expected) {
            ascending.push_back({meter, quantity});
        }
        RC_ASSERT(totals.usage == ascending);
    }));
}

}  // namespace
}  // namespace spantoll::window
