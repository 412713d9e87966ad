#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ingest/record.h"
#include "schemas/clock.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/silence_bound.h"

namespace spantoll::tools {

// Tells the engine which partitions bind the watermark, from what the source says of them and from
// how long they have been silent. A partition binds it unless it has been read to the broker's end
// and been silent for `idle_after` (with "off": and another has unread records).
//
//     votes.begin_batch(batch, now);   for each record: engine.apply(r);
//     votes.record_done(r.partition); votes.end_batch(now);
//
// Thread: the engine's.
class WatermarkVotes {
  public:
    WatermarkVotes(Engine& engine, const TimeSettings& settings, SteadyTime now);

    // Goes on with another engine over the same partitions, which has not been told anything yet.
    void follow(Engine& engine);
    void begin_batch(const ingest::RecordBatch& batch, const Moment& now);
    void record_done(PartitionIndex partition);
    // Timers: idle partitions stop binding W; when all are idle W follows the wall clock, as far
    // as SilenceBound lets it.
    void end_batch(const Moment& now);

    // For /readyz and metrics: why a partition binds W.
    struct View {
        bool binds_watermark = false;
        bool is_at_end = false;
        bool has_leader = true;
        int64_t end_offset = -1;
    };
    std::vector<View> views() const;

  private:
    struct Partition {
        size_t records_left = 0;  // of this batch
        ingest::PartitionState state;
        std::optional<SteadyTime> silent_since;  // at its end since; empty = not
    };
    bool is_unread(const Partition& partition) const;
    bool is_idle(const Partition& partition) const;
    void apply_votes();

    Engine* engine_;
    const TimeSettings settings_;
    std::vector<Partition> partitions_;
    SteadyTime now_;
    SilenceBound silence_;
    bool has_records_ = false;    // of this batch
    int64_t before_ms_ = kUnset;  // W before it
};

}  // namespace spantoll::tools
