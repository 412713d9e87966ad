#include "tools/pipeline/embedded_source.h"

#include <algorithm>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

constexpr int64_t kRetentionIntervalMs = 60'000;

}  // namespace

EmbeddedSource::EmbeddedSource(store::TopicLog& log, Clock& clock, const EmbeddedReading& reading)
    : log_(log),
      clock_(clock),
      reading_(reading),
      bounded_end_(std::min(log.end_offset(), reading.end.value_or(log.end_offset()))),
      partitions_{{std::string(kEmbeddedTopic), 0}},
      next_offset_(reading.next_offset),
      opened_(clock.moment()),
      retention_checked_(opened_.steady) {}

Result<ingest::RecordBatch> EmbeddedSource::poll(const ingest::PollLimits& limits) {
    if (Result<void> done = read(limits); !done) {
        return tl::make_unexpected(done.error());
    }
    ingest::RecordBatch batch;
    for (const store::LogRecord& record : held_) {
        if (Result<void> expected = expect_next(record.offset); !expected) {
            return tl::make_unexpected(expected.error());
        }
        batch.records.push_back({0,
                                 record.offset,
                                 record.append_ms,
                                 record.append_ms,
                                 record.content_type,
                                 record.bytes,
                                 nullptr,
                                 nullptr,
                                 record.set});
        next_offset_ = record.offset + 1;
    }
    const bool is_bounded = reading_.reading == Reading::kBounded;
    const int64_t end = is_bounded ? bounded_end_ : log_.end_offset();
    batch.partitions.push_back({end, next_offset_ >= end, true, next_offset_});
    batch.is_finished = is_bounded && next_offset_ >= end;
    return batch;
}

// Into held_.
Result<void> EmbeddedSource::read(const ingest::PollLimits& limits) {
    held_.clear();
    const bool is_bounded = reading_.reading == Reading::kBounded;
    const int64_t end = is_bounded ? bounded_end_ : log_.end_offset();
    const auto left = static_cast<size_t>(std::max<int64_t>(0, end - next_offset_));
    const size_t records_max = is_bounded ? std::min(limits.records_max, left) : limits.records_max;
    if (records_max == 0) {
        return {};
    }
    Result<std::vector<store::LogRecord>> read =
        log_.read(next_offset_, records_max, limits.bytes_max, limits.wait_ms);
    if (!read) {
        return tl::make_unexpected(read.error());
    }
    held_ = std::move(*read);
    // Nothing was read below an end that was known before the reading: all of it is missing.
    return held_.empty() && left > 0 ? expect_next(end) : Result<void>{};
}

Result<void> EmbeddedSource::expect_next(int64_t offset) {
    if (offset <= next_offset_) {
        return {};
    }
    const std::string text =
        fmt::format("the embedded topic has lost {} records, from offset {} to {}",
                    offset - next_offset_,
                    next_offset_,
                    offset - 1);
    if (reading_.gaps == ingest::GapPolicy::kRefuse) {
        return failure(ErrorKind::kConfig,
                       text +
                           ": restore topic/ from a backup, or, to go on all the same, say "
                           "--accept-gap");
    }
    gaps_.push_back(text);
    next_offset_ = offset;
    return {};
}

std::vector<std::string> EmbeddedSource::take_gaps() {
    return std::exchange(gaps_, {});
}

void EmbeddedSource::positions_are_durable(const std::vector<int64_t>& next_offsets) {
    log_.set_consumed(next_offsets[0]);
    const Moment now = clock_.moment();
    if (now.steady.since(retention_checked_) >= kRetentionIntervalMs) {
        retention_checked_ = now.steady;
        enforce_retention(now);
    }
}

// By age, but only as far as the steady clock agrees: otherwise a wall clock that is set forward
// would remove the whole log.
void EmbeddedSource::enforce_retention(const Moment& now) {
    const int64_t borne_out_ms =
        opened_.wall.ms + now.steady.since(opened_.steady) + kRetentionIntervalMs;
    const int64_t now_ms = std::min(now.wall.ms, borne_out_ms);
    if (const Result<void> done = log_.enforce_retention(now_ms); !done) {
        spdlog::warn("retention of the embedded topic failed and is tried again: {}",
                     done.error().message);
    }
}

}  // namespace spantoll::tools
