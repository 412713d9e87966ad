#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "enforce/sink.h"
#include "schemas/error.h"
#include "store/store.h"

namespace spantoll::tools {

// Items waiting to be published; beyond it nothing more is read until the sinks take some:
// 100,000 decisions of about 1 KiB, or dead letters up to kOutboxBytesMax.
inline constexpr size_t kOutboxItemsMax = 100'000;
inline constexpr size_t kOutboxBytesMax = 128u << 20;

// Carries what commits put into the outbox to every sink, in order, and tells what has arrived.
// Invariant: an item is handed to a sink only after the commit that holds it is on disk (fsync).
// Thread: the engine's.
class Publisher {
  public:
    explicit Publisher(std::vector<enforce::Sink*> sinks);

    // Of a commit that is on disk, or left over by the process before.
    void add(const std::vector<store::OutboxEntry>& entries);
    // Hands over what the sinks take now and learns what arrived. Error of a sink: final.
    Result<void> drain();
    // Waits at most `wait_ms` for everything to arrive.
    Result<void> flush(int64_t wait_ms);

    // Everything up to here has arrived everywhere; 0 = nothing yet.
    uint64_t settled() const { return settled_; }
    bool is_full() const { return items_.size() >= kOutboxItemsMax || bytes_ >= kOutboxBytesMax; }
    size_t waiting() const { return items_.size(); }

  private:
    std::vector<enforce::Sink*> sinks_;
    std::deque<enforce::OutboxItem> items_;  // not settled everywhere, by sequence
    std::vector<uint64_t> handed_over_;      // per sink: the last sequence it took
    size_t bytes_ = 0;
    uint64_t settled_ = 0;
};

// What a commit put into the outbox, by sequence.
std::vector<store::OutboxEntry> entries_of(const store::Commit& commit);

// A row of the outbox as it goes out: decisions with the headers of CloudEvents 1.0 in binary mode
// (ce_id is the decision's id), dead letters with their source position and reasons.
enforce::OutboxItem to_outbox_item(const store::OutboxEntry& entry);

}  // namespace spantoll::tools
