#pragma once

#include <cstddef>

#include "schemas/error.h"
#include "tools/feed_batch.h"

namespace spantoll::tools {

// Where spans to be sent come from: a scenario, or the rows of a CSV file.
class SpanFeed {
  public:
    SpanFeed() = default;
    SpanFeed(const SpanFeed&) = delete;
    SpanFeed& operator=(const SpanFeed&) = delete;
    virtual ~SpanFeed() = default;

    // Up to about `spans_max` spans (an event is not torn apart) into an empty batch; none = the
    // end. An error comes with the spans before it, which are good.
    virtual Result<void> fill(size_t spans_max, FeedBatch& batch) = 0;
};

}  // namespace spantoll::tools
