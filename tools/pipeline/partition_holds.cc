#include "tools/pipeline/partition_holds.h"

#include <algorithm>

namespace spantoll::tools {

using window::Hold;

PartitionHolds::PartitionHolds(Engine& engine, const TimeSettings& settings, SteadyTime now)
    : engine_(engine),
      settings_(settings),
      partitions_(engine.partitions().size()),
      now_(now),
      silence_(engine.watermark().value_ms(), now) {}

bool PartitionHolds::is_unread(const Partition& partition) const {
    const ingest::PartitionState& state = partition.state;
    return partition.records_left > 0 || !state.is_at_end || state.end_offset < 0 ||
           !state.has_leader;
}

void PartitionHolds::begin_batch(const ingest::RecordBatch& batch, const Moment& now) {
    now_ = now.steady;
    has_records_ = !batch.records.empty();
    before_ms_ = engine_.watermark().value_ms();
    for (size_t i = 0; i < partitions_.size() && i < batch.partitions.size(); ++i) {
        partitions_[i].state = batch.partitions[i];
    }
    for (const ingest::Record& record : batch.records) {
        ++partitions_[record.partition].records_left;
        partitions_[record.partition].silent_since.reset();
    }
    apply_holds();
}

void PartitionHolds::record_done(PartitionIndex partition) {
    if (--partitions_[partition].records_left == 0) {
        apply_holds();
    }
}

bool PartitionHolds::is_idle(const Partition& partition) const {
    return settings_.idle_after_ms != kIdleOff && !is_unread(partition) && partition.silent_since &&
           now_.since(*partition.silent_since) >= settings_.idle_after_ms;
}

void PartitionHolds::apply_holds() {
    const auto unread = static_cast<size_t>(std::count_if(
        partitions_.begin(), partitions_.end(), [&](const Partition& p) { return is_unread(p); }));
    for (size_t i = 0; i < partitions_.size(); ++i) {
        const auto index = static_cast<PartitionIndex>(i);
        Partition& partition = partitions_[i];
        Hold hold = Hold::kHolds;
        if (is_unread(partition)) {
            partition.silent_since.reset();
        } else {
            if (!partition.silent_since) {
                partition.silent_since = now_;
            }
            const bool gives_way = settings_.idle_after_ms == kIdleOff && unread > 0;
            if (engine_.offset_row(index).time_ms_max == kUnset) {
                hold = Hold::kNoSpans;
            } else if (is_idle(partition) || gives_way) {
                hold = Hold::kReleased;
            }
        }
        engine_.set_hold(index, hold);
    }
}

void PartitionHolds::end_batch(const Moment& now) {
    now_ = now.steady;
    apply_holds();
    if (has_records_) {
        silence_.note_records(before_ms_, engine_.watermark().value_ms(), now_);
    }
    const bool all_idle = std::all_of(
        partitions_.begin(), partitions_.end(), [&](const Partition& p) { return is_idle(p); });
    if (all_idle) {
        const int64_t wall_ms = now.wall.ms - settings_.lateness_ms - settings_.idle_after_ms;
        engine_.advance_in_silence(std::min(wall_ms, silence_.at(now_)));
    }
}

std::vector<PartitionHolds::View> PartitionHolds::views() const {
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
