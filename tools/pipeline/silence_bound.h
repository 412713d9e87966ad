#pragma once

#include <cstdint>

#include "schemas/event_time.h"

namespace spantoll::tools {

// How much further than the steady clock W may move in silence: W lags behind the wall clock by the
// age of the last spans, and catches up.
inline constexpr int64_t kSilenceToleranceMs = 60'000;

// How far W may follow the wall clock in silence: since the last record, or since the start, by no
// more than the steady clock moved, plus kSilenceToleranceMs. So a wall clock that is set forward
// cannot end windows and release levels before their time.
//
//     SilenceBound bound(watermark_ms, now);                   // at the start
//     bound.note_records(before_ms, watermark_ms, now);        // after a batch that brought some
//     std::min(wall_ms, bound.at(now));                        // as far as W may go
//
// Records that leave W where it is (late, duplicate, refused) allow nothing anew.
class SilenceBound {
  public:
    // `watermark_ms` is kUnset where W is unset.
    SilenceBound(int64_t watermark_ms, SteadyTime now);

    // W before and after the batch.
    void note_records(int64_t before_ms, int64_t after_ms, SteadyTime now);
    // kUnset where W is unset.
    int64_t at(SteadyTime now) const;

  private:
    int64_t allowed_ms_ = kUnset;  // at since_
    SteadyTime since_;
};

}  // namespace spantoll::tools
