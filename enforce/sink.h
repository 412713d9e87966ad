#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/error.h"

namespace spantoll::enforce {

// One row of the outbox on its way out.
struct OutboxItem {
    enum class Type { kDecision, kDeadLetter };
    uint64_t sequence = 0;  // ascending; per account in the order of its decisions
    Type type = Type::kDecision;
    std::string key;      // decision: the account; dead letter: topic/partition/offset
    std::string payload;  // decision: its JSON; dead letter: the record's bytes (cut)
    std::vector<std::pair<std::string, std::string>> headers;  // Kafka headers
};

// Where decisions and dead letters go: a Kafka topic, standard output, a test's memory. The seam
// between what is committed and the world. At least once, in order per key; a consumer drops
// repeated ids.
//
// Thread: the engine's. Never blocks: publish() hands over and settled() tells what arrived.
class Sink {
  public:
    Sink() = default;
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;
    virtual ~Sink() = default;

    // True where the item was taken; false where the sink's queue is full (try again later).
    virtual bool publish(const OutboxItem& item) = 0;

    // Every item up to and including this sequence has arrived; 0 = none yet. Serves callbacks.
    virtual Result<uint64_t> settled() = 0;

    // Waits at most `wait_ms` for what is under way, at a shutdown.
    virtual void flush(int64_t wait_ms) = 0;
};

}  // namespace spantoll::enforce
