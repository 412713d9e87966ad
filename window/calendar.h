#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "schemas/event_time.h"
#include "schemas/rows.h"
#include "schemas/window_spec.h"

namespace spantoll::window {

// When a period without an end ends.
inline constexpr int64_t kNeverMs = std::numeric_limits<int64_t>::max();

// Which period of a window a time belongs to. The one function for check, charge, reset and
// display. `window` is not rolling, and its anchor is known: of a window that each account has for
// itself, anchored_at() makes one. Periods of a window follow each other without a gap.
//
// A civil period begins at the first instant whose civil time is at or past its nominal start. So
// a day may begin at 01:00, an hour that comes twice is one period of 120 minutes, and a day that
// clocks leave out is none.
Period period_of(const WindowSpec& window, EventTime time);

// First millisecond after the period; kNeverMs for a lifetime.
int64_t period_end_ms(const Period& period);

// The lattice of one account whose first charge was at this time.
WindowSpec anchored_at(const WindowSpec& window, int64_t anchor_ms);

// "2026-11-20T13", "2026-11-20", "2026-W47", "2026-11", "2026-Q4", "2026", in the window's zone;
// "lifetime"; for a lattice its start as "2026-11-20T13:00Z/5h", and for what begins on days of its
// own "2026-04-15/month". Periods of one window never share a label; those of two windows may.
std::string period_label(const Period& period);

}  // namespace spantoll::window
