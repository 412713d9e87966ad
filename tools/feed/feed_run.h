#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "schemas/error.h"
#include "tools/feed/feed_target.h"
#include "tools/feed/span_feed.h"

namespace spantoll::tools {

struct FeedRunOptions {
    Format format = Format::kFlatBuffers;
    size_t spans_per_record = 100;
    uint64_t spans_per_second = 0;                    // of wall time; 0 = as fast as possible
    std::function<void(uint64_t spans)> on_progress;  // about every 100 ms; may be empty
};

struct FeedSummary {
    uint64_t spans = 0;
    uint64_t records = 0;  // broken ones included
    uint64_t refused = 0;  // records that the target refused
    std::string refusal;   // its reason for the first of them
    std::string remark;    // about what was sent, see SpanFeed
    // Set where the run stopped before the end of a file: every row before this line has arrived. A
    // row after it may have arrived, too; if it is sent again, its identity makes it a duplicate.
    std::optional<uint64_t> next_line;
    double seconds = 0;
};

// Sends everything from `feed` to `target`, in order, until the end or a stop request. `summary`
// says what was sent, even after an error.
Result<void> run_feed(SpanFeed& feed,
                      FeedTarget& target,
                      const FeedRunOptions& options,
                      FeedSummary& summary);

}  // namespace spantoll::tools
