#include "tools/pipeline/watermark_votes.h"

#include <algorithm>

namespace spantoll::tools {

using window::WatermarkVote;

WatermarkVotes::WatermarkVotes(Engine& engine, const TimeSettings& settings, SteadyTime now)
    : engine_(&engine),
      settings_(settings),
      partitions_(engine.partitions().size()),
      now_(now),
      silence_(engine.watermark().value_ms(), now) {}

void WatermarkVotes::follow(Engine& engine) {
    engine_ = &engine;
    apply_votes();
}

bool WatermarkVotes::is_unread(const Partition& partition) const {
    const ingest::PartitionState& state = partition.state;
    return partition.records_left > 0 || !state.is_at_end || state.end_offset < 0 ||
           !state.has_leader;
}

void WatermarkVotes::begin_batch(const ingest::RecordBatch& batch, const Moment& now) {
    now_ = now.steady;
    has_records_ = !batch.records.empty();
    before_ms_ = engine_->watermark().value_ms();
    for (size_t i = 0; i < partitions_.size() && i < batch.partitions.size(); ++i) {
        partitions_[i].state = batch.partitions[i];
    }
    for (const ingest::Record& record : batch.records) {
        ++partitions_[record.partition].records_left;
        partitions_[record.partition].silent_since.reset();
    }
    apply_votes();
}

void WatermarkVotes::record_done(PartitionIndex partition) {
    if (--partitions_[partition].records_left == 0) {
        apply_votes();
    }
}

bool WatermarkVotes::is_idle(const Partition& partition) const {
    return settings_.idle_after_ms != kIdleOff && !is_unread(partition) && partition.silent_since &&
           now_.since(*partition.silent_since) >= settings_.idle_after_ms;
}

void WatermarkVotes::apply_votes() {
    const auto unread = static_cast<size_t>(std::count_if(
        partitions_.begin(), partitions_.end(), [&](const Partition& p) { return is_unread(p); }));
    for (size_t i = 0; i < partitions_.size(); ++i) {
        const auto index = static_cast<PartitionIndex>(i);
        Partition& partition = partitions_[i];
        WatermarkVote vote = WatermarkVote::kBinds;
        if (is_unread(partition)) {
            partition.silent_since.reset();
        } else {
            if (!partition.silent_since) {
                partition.silent_since = now_;
            }
            const bool gives_way = settings_.idle_after_ms == kIdleOff && unread > 0;
            if (engine_->offset_row(index).time_ms_max == kUnset) {
                vote = WatermarkVote::kNoSpans;
            } else if (is_idle(partition) || gives_way) {
                vote = WatermarkVote::kReleased;
            }
        }
        engine_->set_vote(index, vote);
    }
}

void WatermarkVotes::end_batch(const Moment& now) {
    now_ = now.steady;
    apply_votes();
    if (has_records_) {
        silence_.note_records(before_ms_, engine_->watermark().value_ms(), now_);
    }
    const bool all_idle = std::all_of(
        partitions_.begin(), partitions_.end(), [&](const Partition& p) { return is_idle(p); });
    if (all_idle) {
        const int64_t wall_ms = now.wall.ms - settings_.lateness_ms - settings_.idle_after_ms;
        engine_->advance_in_silence(std::min(wall_ms, silence_.at(now_)));
    }
}

std::vector<WatermarkVotes::View> WatermarkVotes::views() const {
    std::vector<View> all;
    for (size_t i = 0; i < partitions_.size(); ++i) {
        const Partition& partition = partitions_[i];
        all.push_back({is_unread(partition),
                       partition.state.is_at_end,
                       partition.state.has_leader,
                       partition.state.end_offset});
    }
    return all;
}

}  // namespace spantoll::tools
