#include "tools/embedded_source.h"

#include <algorithm>
#include <chrono>
#include <spdlog/spdlog.h>
#include <thread>

namespace spantoll::tools {
namespace {

constexpr int64_t kRetentionIntervalMs = 60'000;

}  // namespace

EmbeddedSource::EmbeddedSource(store::TopicLog& log,
                               Clock& clock,
                               int64_t next_offset,
                               Reading reading)
    : log_(log),
      clock_(clock),
      reading_(reading),
      bounded_end_(log.end_offset()),
      partitions_{{std::string(kEmbeddedTopic), 0}},
      next_offset_(std::max(next_offset, log.begin_offset())),
      opened_(clock.moment()),
      retention_checked_(opened_.steady) {}

Result<ingest::RecordBatch> EmbeddedSource::poll(const ingest::PollLimits& limits) {
    ingest::RecordBatch batch;
    const bool is_bounded = reading_ == Reading::kBounded;
    const auto left = static_cast<size_t>(std::max<int64_t>(0, bounded_end_ - next_offset_));
    const size_t records_max = is_bounded ? std::min(limits.records_max, left) : limits.records_max;
    if (records_max > 0) {
        Result<std::vector<store::LogRecord>> read =
            log_.read(next_offset_, records_max, limits.bytes_max, limits.wait_ms);
        if (!read) {
            return tl::make_unexpected(read.error());
        }
        held_ = std::move(*read);
    } else {
        held_.clear();
        if (!is_bounded) {
            std::this_thread::sleep_for(std::chrono::milliseconds(limits.wait_ms));
        }
    }
    for (const store::LogRecord& record : held_) {
        batch.records.push_back({0,
                                 record.offset,
                                 record.append_ms,
                                 record.append_ms,
                                 record.content_type,
                                 record.bytes,
                                 nullptr,
                                 nullptr});
        next_offset_ = record.offset + 1;
    }
    const int64_t end = is_bounded ? bounded_end_ : log_.end_offset();
    batch.partitions.push_back({end, next_offset_ >= end, true});
    batch.is_finished = is_bounded && next_offset_ >= end;
    return batch;
}

void EmbeddedSource::positions_are_durable(const std::vector<int64_t>& next_offsets) {
    log_.set_consumed(next_offsets[0]);
    const Moment now = clock_.moment();
    if (now.steady.since(retention_checked_) >= kRetentionIntervalMs) {
        retention_checked_ = now.steady;
        enforce_retention(now);
    }
}

// By age as far as the steady clock bears it out: a wall clock that is set forward would otherwise
// remove the whole log.
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
