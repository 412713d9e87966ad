#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "enforce/sink.h"
#include "schemas/error.h"
#include "schemas/settings.h"
#include "store/commit.h"

namespace spantoll::tools {

// How many entries may wait for outputs that must have them all; beyond this nothing is read until
// such an output takes some: 100,000 decisions of about 1 KiB, or dead letters up to
// kOutboxBytesMax. Never more than this is kept for an output that may lag either.
inline constexpr size_t kOutboxItemsMax = 100'000;
static_assert(kMayLagMax <= kOutboxItemsMax);
inline constexpr size_t kOutboxBytesMax = 128u << 20;

// A sink with the name that its position has in the store.
struct Output {
    std::string name;
    enforce::Sink* sink = nullptr;
    // 0: it must have everything, and nothing is read while the outbox is full of what it has not.
    // Else it never stops reading: when it is more entries than this behind, the oldest are lost to
    // it.
    uint64_t may_lag = 0;
};

// What the store knows of outputs when the process starts.
struct StoredPositions {
    std::vector<store::SinkPosition> positions;
    uint64_t last_sequence = 0;  // of all decisions and dead letters ever
};

// Carries what commits put into the outbox to every output, in order, each at its own pace, and
// knows how far each has come.
//
// An output that the store does not know begins with what comes next; where the store knows none
// at all, like one of format 2, every output begins with what is in the outbox. The position of an
// output that no longer exists is removed.
//
// Invariants:
//  1. An entry is handed to a sink only after its commit is on disk (fsync).
//  2. Each output has had everything up to its position: it has arrived, or is counted as lost.
//  3. entries_ begins with the first entry that some output has not passed, and is complete from
//     there on; so nobody needs the rows up to removable_through().
//  4. The commit with the first entry that an output needs has its position too.
// Thread: the engine's.
class Publisher {
  public:
    struct View {
        std::string name;
        bool may_lag = false;
        uint64_t lag = 0;   // entries that have not arrived
        uint64_t lost = 0;  // since the start
        bool has_failed = false;
    };

    Publisher(std::vector<Output> outputs, const StoredPositions& stored);

    // Of a commit that is on disk, or left over by the previous process.
    void add(std::vector<store::OutboxEntry> entries);
    // Hands over what the sinks take now and learns what arrived. The error of a sink that must
    // have everything is final.
    Result<void> drain();
    // Waits at most `wait_ms` for everything to arrive.
    Result<void> flush(int64_t wait_ms);

    // Puts into the commit which rows of the outbox are no longer needed, and the positions that
    // changed. The commit must then be written.
    void collect(store::Commit& commit);
    // Whether collect() has something that is worth a commit of its own.
    bool has_news() const;

    uint64_t removable_through() const;
    bool is_full() const;
    size_t waiting() const { return entries_.size(); }
    std::vector<View> outputs() const;

  private:
    struct Waiting {
        store::OutboxEntry entry;
        uint64_t bytes_through = 0;  // size of all entries ever added, this one included
    };
    struct State {
        Output output;
        uint64_t position = 0;
        uint64_t handed_through = 0;
        std::optional<uint64_t> stored_position;
        uint64_t lost = 0;
        bool is_losing = false;  // and has been told so
        bool has_failed = false;
    };
    using Place = std::deque<Waiting>::const_iterator;

    Place after(uint64_t sequence) const;
    uint64_t bytes_from(Place place) const;
    void hand_over(State& state);
    Result<void> learn_position(State& state);
    void bound_lag(State& state);
    void say_lost(State& state, Place first, Place end);
    void forget_passed();

    std::vector<State> states_;
    std::vector<std::string> forgotten_;  // positions of outputs that no longer exist
    std::deque<Waiting> entries_;         // by sequence
    uint64_t last_sequence_;              // of all that were added
    uint64_t bytes_through_ = 0;
    uint64_t removed_through_;  // rows up to here are gone from the outbox
};

// What a commit put into the outbox, by sequence.
std::vector<store::OutboxEntry> entries_of(store::Commit&& commit);

}  // namespace spantoll::tools
