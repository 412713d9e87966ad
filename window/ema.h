#pragma once

#include <cstdint>

#include "schemas/rows.h"

namespace spantoll::window {

// One closing: the exponential moving average of exact fixed-point values,
//     E' = (a * R + (b - a) * E) / b, rounded toward zero, alpha = a / b, values times kEmaScale.
// Unset: the first nonzero sample seeds it (E = R). Sample and E both 0: forgotten (unset).
void step_ema(EmaRow& ema, Int128 sample);

// `count` closings with the same sample. Stops as soon as nothing changes any more, so the work is
// bounded by the steps until E stays the same, not by `count`.
void step_ema_repeatedly(EmaRow& ema, Int128 sample, int64_t count);

// The integer part, rounded toward zero.
inline Int128 integer_part(Int128 ema_value) {
    return ema_value / kEmaScale;
}

}  // namespace spantoll::window
