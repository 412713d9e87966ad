#include "window/ema.h"

namespace spantoll::window {

void step_ema(EmaRow& ema, Int128 sample) {
    const Int128 scaled = sample * kEmaScale;
    if (!ema.is_set) {
        ema.is_set = sample != 0;
        ema.value = scaled;
        return;
    }
    const Int128 a = ema.alpha.numerator;
    const Int128 b = ema.alpha.denominator;
    ema.value = (a * scaled + (b - a) * ema.value) / b;
    if (sample == 0 && ema.value == 0) {
        ema.is_set = false;
    }
}

void step_ema_repeatedly(EmaRow& ema, Int128 sample, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        const EmaRow before = ema;
        step_ema(ema, sample);
        if (ema == before) {
            return;
        }
    }
}

}  // namespace spantoll::window
