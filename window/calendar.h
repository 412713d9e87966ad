#pragma once

#include <cstdint>
#include <string>

#include "schemas/event_time.h"
#include "schemas/rows.h"
#include "schemas/window_spec.h"

namespace spantoll::window {

// Which calendar period a time belongs to. The one function for check, charge, reset and display.
// `window` is not rolling. UTC; weeks are ISO 8601 (from Monday).
Period period_of(const WindowSpec& window, EventTime time);

// First millisecond after the period.
int64_t period_end_ms(const Period& period);

// "2026-11-20T13", "2026-11-20", "2026-W47", "2026-11", "2026-Q4", "2026"; for a lattice its start
// as "2026-11-20T13:00Z/5h".
std::string period_label(const Period& period);

}  // namespace spantoll::window
