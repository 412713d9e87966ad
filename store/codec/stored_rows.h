#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schemas/decision.h"
#include "schemas/refusal.h"
#include "schemas/rows.h"

namespace spantoll::store {

// 64-bit hashes of the identities remembered until `expiry_pane` closes.
struct DedupIds {
    Pane expiry_pane;
    std::vector<uint64_t> hashes;
};

struct StoredDecision {
    uint64_t sequence = 0;  // ascending over the store's life, never reused
    Decision decision;
};

// An entry of OUTBOX#<sequence>: a decision or a dead letter, never both.
struct OutboxEntry {
    uint64_t sequence = 0;  // of the same counter for both
    std::optional<Decision> decision;
    std::optional<DeadLetter> dead_letter;  // read from its DEAD# row
};

// An operator's act that leaves a trace, e.g. --accept-gap.
struct AuditRow {
    int64_t wall_ms = 0;
    std::string what;
};

}  // namespace spantoll::store
