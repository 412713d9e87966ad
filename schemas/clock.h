#pragma once

#include "schemas/event_time.h"

namespace spantoll {

// Both clocks, read together.
struct Moment {
    WallTime wall;
    SteadyTime steady;
};

// The machine's clocks as a seam: a test sets them. Asked once a batch, never once a span.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    virtual WallTime now() = 0;
    virtual SteadyTime steady() = 0;

    Moment moment() { return {now(), steady()}; }
};

}  // namespace spantoll
