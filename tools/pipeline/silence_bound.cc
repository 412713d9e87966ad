#include "tools/pipeline/silence_bound.h"

#include <algorithm>

namespace spantoll::tools {
namespace {

int64_t with_tolerance(int64_t watermark_ms) {
    return watermark_ms == kUnset ? kUnset : watermark_ms + kSilenceToleranceMs;
}

}  // namespace

SilenceBound::SilenceBound(int64_t watermark_ms, SteadyTime now)
    : allowed_ms_(with_tolerance(watermark_ms)), since_(now) {}

void SilenceBound::note_records(int64_t before_ms, int64_t after_ms, SteadyTime now) {
    const int64_t anew_ms = with_tolerance(after_ms);
    allowed_ms_ = after_ms > before_ms ? anew_ms : std::min(at(now), anew_ms);
    since_ = now;
}

int64_t SilenceBound::at(SteadyTime now) const {
    return allowed_ms_ == kUnset ? kUnset : allowed_ms_ + now.since(since_);
}

}  // namespace spantoll::tools
