#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "schemas/error.h"
#include "tools/feed/feed_batch.h"

namespace spantoll::tools {

// The origin of spans to send: a scenario, or the rows of a CSV file.
class SpanFeed {
  public:
    SpanFeed() = default;
    SpanFeed(const SpanFeed&) = delete;
    SpanFeed& operator=(const SpanFeed&) = delete;
    virtual ~SpanFeed() = default;

    // Adds up to about `spans_max` spans to an empty batch; an event is never split. A batch that
    // stays empty means the end. On an error the batch has the valid spans before it.
    virtual Result<void> fill(size_t spans_max, FeedBatch& batch) = 0;

    // For a file: the line of the next span, from which a feed that stops here can continue. After
    // an error, the line that is wrong.
    virtual std::optional<uint64_t> next_line() const { return std::nullopt; }

    // What the user should know about the spans so far, in one sentence; empty = nothing.
    virtual std::string remark() const { return {}; }
};

}  // namespace spantoll::tools
