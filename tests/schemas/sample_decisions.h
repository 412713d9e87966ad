#pragma once

#include "schemas/decision.h"

namespace spantoll {

// A decision that a span caused, with every member that such a decision has.
inline Decision sample_throttle() {
    Decision decision;
    decision.number = 1;
    decision.effective_ms = 1'772'323'210'000;
    decision.account = "x.org";
    decision.limit = "peer-day";
    decision.action = Action::kThrottle;
    decision.previous = Action::kWarn;
    decision.amount = 25 * kPicoPerUsd;
    decision.observed = Int128{23'750'000'000'000};
    decision.window = {WindowKind::kRolling, 24 * 60};
    decision.valid_until_ms = 1'772'326'810'000;
    decision.cause = Cause{"spans", 3, 41, 7, {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736}};
    return decision;
}

// A decision at a closing, about a usage meter and a calendar window.
inline Decision sample_release() {
    Decision decision;
    decision.number = 2;
    decision.effective_ms = 1'772'323'260'000;
    decision.account = "service:a";
    decision.limit = "service-ema";
    decision.previous = Action::kBlock;
    decision.reason = Reason::kPeriodEnded;
    decision.meter = Meter{MeterKind::kUsage, "gpu\"ms"};
    decision.window = {WindowKind::kMonth, 0};
    decision.window_start_ms = 1'769'904'000'000;
    decision.observed = Int128{1} << 90;
    decision.amount = 10;
    decision.shadow = true;
    return decision;
}

}  // namespace spantoll
