#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "schemas/error.h"
#include "tools/feed/feed_batch.h"

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

    // Of a file: the line that the next span comes from, which a feed that stops here may be asked
    // to go on with. Behind an error, the line of what is wrong.
    virtual std::optional<uint64_t> next_line() const { return std::nullopt; }

    // What a person should know of the spans so far, in one sentence; empty = nothing.
    virtual std::string remark() const { return {}; }
};

}  // namespace spantoll::tools
