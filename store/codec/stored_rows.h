#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schemas/rows.h"

namespace spantoll::store {

// 64-bit hashes of the identities remembered until `expiry_pane` closes.
struct DedupIds {
    int64_t expiry_pane = 0;
    std::vector<uint64_t> hashes;
};

struct StoredDecision {
    uint64_t sequence = 0;  // ascending over the store's life, never reused
    int64_t effective_ms = 0;
    std::string id;
    std::string account;
    std::string json;
};

struct DeadLetter {
    uint64_t sequence = 0;  // its OUTBOX# row; of the same counter as StoredDecision::sequence
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
    std::vector<std::pair<uint32_t, Refusal>> refused;  // (index in the record, reason)
    uint64_t size = 0;                                  // of the record; `bytes` may be cut
    std::string bytes;
    std::string content_type;
    std::string detail;  // one sentence, may be empty
};

// Whether the record was refused because the process died at it.
inline bool has_crashed(const DeadLetter& letter) {
    return !letter.refused.empty() && letter.refused.front().second == Refusal::kCrashed;
}

// An entry of OUTBOX#<seq>: a decision, or the position of a dead letter.
struct OutboxEntry {
    uint64_t sequence = 0;
    std::optional<StoredDecision> decision;
    std::optional<DeadLetter> dead_letter;  // read from its DEAD# row
};

// An operator's act that leaves a trace, e.g. --accept-gap.
struct AuditRow {
    int64_t wall_ms = 0;
    std::string what;
};

}  // namespace spantoll::store
