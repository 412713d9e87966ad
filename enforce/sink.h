#pragma once

#include <cstdint>

#include "schemas/decision.h"
#include "schemas/error.h"
#include "schemas/refusal.h"

namespace spantoll::enforce {

// Where decisions and dead letters go: a Kafka topic, standard output, a test's memory. The seam
// between what is committed and the world: entries come structured, and a sink renders them in its
// own way. At least once, in order per account; a consumer drops repeated ids.
//
// Thread: the engine's. Never blocks: publish() hands over, delivered_through() says what arrived.
class Sink {
  public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    // True where it was taken; false where the sink's queue is full (try again later). Sequences
    // ascend over both; some may be missing.
    virtual bool publish(uint64_t sequence, const Decision& decision) = 0;
    virtual bool publish(uint64_t sequence, const DeadLetter& letter) = 0;

    // Everything that was taken up to and including this sequence has arrived; 0 = nothing yet.
    // Serves callbacks. An error is final.
    virtual Result<uint64_t> delivered_through() = 0;

    // Waits at most `wait_ms` for what is under way, at a shutdown.
    virtual void flush(int64_t wait_ms) = 0;
};

}  // namespace spantoll::enforce
