#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "schemas/rows.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/publisher.h"
#include "tools/pipeline/watermark_votes.h"
#include "tools/process/process_usage.h"

namespace spantoll::tools {

// What a running processor says of itself: the source of /metrics and /readyz. The engine's thread
// takes it after commits; any thread may read it.
struct Status {
    struct Partition {
        TopicPartition name;
        OffsetRow offset;
        CountsRow counts;
        WatermarkVotes::View view;
    };
    std::vector<Partition> partitions;
    std::vector<std::pair<std::string, uint64_t>> accounts_by_kind;
    int64_t watermark_ms = kUnset;
    Pane first_open_pane = kUnsetPane;
    uint64_t overflow_charges = 0;
    uint64_t invalid_names = 0;
    uint64_t unpriced_spans = 0;
    uint64_t costless_spans = 0;
    uint64_t decisions = 0;
    uint64_t commits = 0;
    int64_t busy_ms = 0;    // of the engine's thread: all but waiting for records
    int64_t commit_ms = 0;  // the part of it that commits took
    uint64_t usage_meters = 0;
    uint64_t remembered_ids = 0;
    Pane dedup_oldest_pane = kUnsetPane;
    uint64_t outbox_waiting = 0;
    std::vector<Publisher::View> outputs;
    bool is_outbox_full = false;
    uint64_t dead_letter_bytes = 0;
    uint64_t partitions_behind_group = 0;  // at the start: a restored backup, a torn disk
    uint64_t flags_in_force = 0;
    bool is_cold = false;  // the input was never read to its end
};

class StatusBoard {
  public:
    void set(Status status);
    Status get() const;

  private:
    mutable std::mutex mutex_;
    Status status_;
};

Status take_status(Engine& engine, const WatermarkVotes& votes);

// What `run` and `replay` say at their end about spans that cost nothing, or too little, because a
// price or a cost was missing; empty where there were none.
std::string cost_remark(const Engine& engine);

}  // namespace spantoll::tools
