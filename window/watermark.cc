#include "window/watermark.h"

#include <algorithm>

namespace spantoll::window {

Watermark::Watermark(int64_t lateness_ms, size_t partitions)
    : lateness_ms_(lateness_ms), partitions_(partitions) {}

void Watermark::restore(int64_t value_ms, bool is_live) {
    value_ms_ = value_ms;
    is_live_ = is_live;
}

void Watermark::restore_partition(PartitionIndex partition, int64_t time_ms_max) {
    partitions_[partition].time_max = time_ms_max;
    slowest_is_known_ = false;
}

void Watermark::accept(PartitionIndex partition, Accepted span) {
    Partition& mine = partitions_[partition];
    if (mine.time_max != kUnset && span.time_ms <= mine.time_max) {
        return;
    }
    mine.time_max = span.time_ms;
    mine.is_live = span.is_live;
    if (slowest_is_known_ && partition != slowest_) {
        return;
    }
    recompute();
}

void Watermark::set_vote(PartitionIndex partition, WatermarkVote vote) {
    if (partitions_[partition].vote == vote) {
        return;
    }
    partitions_[partition].vote = vote;
    recompute();
}

void Watermark::advance_to(int64_t watermark_ms) {
    if (value_ms_ != kUnset) {
        value_ms_ = std::max(value_ms_, watermark_ms);
    }
}

int64_t Watermark::time_ms_max() const {
    int64_t most = kUnset;
    for (const Partition& partition : partitions_) {
        most = std::max(most, partition.time_max);
    }
    return most;
}

int64_t Watermark::skew_ms(PartitionIndex partition) const {
    const int64_t time = partitions_[partition].time_max;
    return value_ms_ == kUnset || time == kUnset ? 0 : time - lateness_ms_ - value_ms_;
}

void Watermark::recompute() {
    slowest_is_known_ = false;
    const Partition* slowest = nullptr;
    for (const Partition& partition : partitions_) {
        if (partition.vote == WatermarkVote::kBinds && partition.time_max == kUnset) {
            return;  // unread, and nothing is known of it: W stays where it is
        }
        const bool counts = partition.vote == WatermarkVote::kBinds;
        if (counts && (slowest == nullptr || partition.time_max < slowest->time_max)) {
            slowest = &partition;
        }
    }
    if (slowest == nullptr) {
        return;
    }
    slowest_ = static_cast<PartitionIndex>(slowest - partitions_.data());
    slowest_is_known_ = true;
    const int64_t candidate = slowest->time_max - lateness_ms_;
    if (value_ms_ == kUnset || candidate > value_ms_) {
        value_ms_ = candidate;
        is_live_ = slowest->is_live;
    }
}

}  // namespace spantoll::window
