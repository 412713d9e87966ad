#pragma once

#include "schemas/event_time.h"

namespace spantoll {

// The wall clock as a seam: a test sets it. Asked once a batch, never once a span.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    virtual WallTime now() = 0;
};

}  // namespace spantoll
