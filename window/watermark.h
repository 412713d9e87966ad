#pragma once

#include <cstdint>
#include <vector>

#include "schemas/event_time.h"
#include "schemas/position.h"

namespace spantoll::window {

// How a partition bears on the watermark just now.
enum class WatermarkVote : uint8_t {
    kBinds,     // W may not pass its largest time - lateness; W does not move while it has no span
    kNoSpans,   // read to a confirmed end and no span accepted yet: it has no time to bind W to
    kReleased,  // read to its end and idle: it does not count
};

// W = minimum over the partitions that bind it of (largest accepted time_ms) - lateness. It never
// goes back, and is unset until every partition has an accepted span or a confirmed end.
//
//   Watermark watermark(10'000, 2);
//   watermark.accept(0, {t, is_live});   // W still unset: partition 1 is unknown
//   watermark.set_vote(1, WatermarkVote::kNoSpans);
//   watermark.value_ms();                // t - 10'000
//
// Pure: whoever calls knows which partition was read to its end, and since when.
class Watermark {
  public:
    struct Accepted {
        int64_t time_ms = 0;
        bool is_live = false;  // at most 1 h older than its append time
    };

    Watermark(int64_t lateness_ms, size_t partitions);

    // State of a restart.
    void restore(int64_t value_ms, bool is_live);
    void restore_partition(PartitionIndex partition, int64_t time_ms_max);

    void accept(PartitionIndex partition, Accepted span);
    void set_vote(PartitionIndex partition, WatermarkVote vote);
    // Moves W forward to a time that no span gave: the wall clock in silence, or --close.
    void advance_to(int64_t watermark_ms);

    int64_t value_ms() const { return value_ms_; }  // kUnset until set
    bool is_set() const { return value_ms_ != kUnset; }
    bool is_live() const { return is_live_; }  // of the span that last moved W
    int64_t time_ms_max(PartitionIndex partition) const { return partitions_[partition].time_max; }
    int64_t time_ms_max() const;
    // How far the partition is ahead of W, in ms; 0 while W is unset.
    int64_t skew_ms(PartitionIndex partition) const;
    WatermarkVote vote(PartitionIndex partition) const { return partitions_[partition].vote; }

  private:
    struct Partition {
        int64_t time_max = kUnset;
        bool is_live = false;  // of the span with time_max
        WatermarkVote vote = WatermarkVote::kBinds;
    };
    void recompute();

    const int64_t lateness_ms_;
    std::vector<Partition> partitions_;
    int64_t value_ms_ = kUnset;
    bool is_live_ = false;
    // The partition whose time gave the present minimum: only its advance can move W.
    PartitionIndex slowest_ = 0;
    bool slowest_is_known_ = false;
};

}  // namespace spantoll::window
