#include "tools/pipeline/publisher.h"

#include <algorithm>
#include <spdlog/spdlog.h>

#include "schemas/check.h"

namespace spantoll::tools {
namespace {

// About how much memory an entry takes.
uint64_t size_of(const store::OutboxEntry& entry) {
    if (entry.dead_letter) {
        return sizeof(DeadLetter) + entry.dead_letter->bytes.size();
    }
    const Decision& decision = *entry.decision;
    return sizeof(Decision) + decision.account.size() + decision.limit.size();
}

bool publish(enforce::Sink& sink, const store::OutboxEntry& entry) {
    return entry.decision ? sink.publish(entry.sequence, *entry.decision)
                          : sink.publish(entry.sequence, *entry.dead_letter);
}

}  // namespace

std::vector<store::OutboxEntry> entries_of(store::Commit&& commit) {
    std::vector<store::OutboxEntry> entries;
    entries.reserve(commit.decisions.size() + commit.dead_letters.size());
    for (store::StoredDecision& row : commit.decisions) {
        entries.push_back({row.sequence, std::move(row.decision), std::nullopt});
    }
    for (DeadLetter& letter : commit.dead_letters) {
        const uint64_t sequence = letter.sequence;
        entries.push_back({sequence, std::nullopt, std::move(letter)});
    }
    return entries;
}

Publisher::Publisher(std::vector<Output> outputs, const StoredPositions& stored)
    : last_sequence_(stored.last_sequence), removed_through_(stored.last_sequence) {
    const uint64_t begin = stored.positions.empty() ? 0 : stored.last_sequence;
    for (Output& output : outputs) {
        State state;
        state.output = std::move(output);
        state.position = begin;
        for (const store::SinkPosition& known : stored.positions) {
            if (known.name == state.output.name) {
                state.position = known.sequence;
                state.stored_position = known.sequence;
            }
        }
        state.handed_through = state.position;
        states_.push_back(std::move(state));
    }
    for (const store::SinkPosition& known : stored.positions) {
        const bool is_there = std::any_of(states_.begin(), states_.end(), [&](const State& state) {
            return state.output.name == known.name;
        });
        if (!is_there) {
            forgotten_.push_back(known.name);
        }
    }
}

void Publisher::add(std::vector<store::OutboxEntry> entries) {
    for (store::OutboxEntry& entry : entries) {
        CHECK(entries_.empty() || entries_.back().entry.sequence < entry.sequence,
              "sequences ascend");
        last_sequence_ = std::max(last_sequence_, entry.sequence);
        removed_through_ = std::min(removed_through_, entry.sequence - 1);
        bytes_through_ += size_of(entry);
        entries_.push_back({std::move(entry), bytes_through_});
    }
}

Result<void> Publisher::drain() {
    for (State& state : states_) {
        hand_over(state);
        if (Result<void> learned = learn_position(state); !learned) {
            return learned;
        }
        if (state.output.may_lag > 0) {
            bound_lag(state);
        }
    }
    forget_passed();
    return {};
}

void Publisher::hand_over(State& state) {
    for (Place next = after(state.handed_through);
         next != entries_.end() && !state.has_failed && publish(*state.output.sink, next->entry);
         ++next) {
        state.handed_through = next->entry.sequence;
    }
}

Result<void> Publisher::learn_position(State& state) {
    if (state.has_failed) {
        return {};
    }
    const Result<uint64_t> delivered = state.output.sink->delivered_through();
    if (delivered) {
        state.position = std::max(state.position, *delivered);
    } else if (state.output.may_lag > 0) {
        state.has_failed = true;
        spdlog::error(
            "output {} has failed and gets nothing more until the next start, what it misses is in "
            "the log of decisions after {}: {}",
            state.output.name,
            state.position,
            delivered.error().message);
    } else {
        return tl::make_unexpected(delivered.error());
    }
    if (after(state.position) == entries_.end()) {
        state.position = std::max(state.position, last_sequence_);
        state.is_losing = false;
    }
    return {};
}

void Publisher::bound_lag(State& state) {
    const Place first = after(state.position);
    Place end = first;
    while (end != entries_.end() &&
           (static_cast<uint64_t>(entries_.end() - end) > state.output.may_lag ||
            bytes_from(end) > kOutboxBytesMax)) {
        ++end;
    }
    if (first == end) {
        return;
    }
    say_lost(state, first, end);
    state.lost += static_cast<uint64_t>(end - first);
    state.position = std::prev(end)->entry.sequence;
    state.handed_through = std::max(state.handed_through, state.position);
}

void Publisher::say_lost(State& state, Place first, Place end) {
    if (std::exchange(state.is_losing, true)) {
        return;
    }
    spdlog::warn(
        "output {} is too far behind: sequence {} to {} are lost to it, and until it has caught up "
        "so are the oldest of what follows; GET /v1/decisions?after={} has the decisions",
        state.output.name,
        first->entry.sequence,
        std::prev(end)->entry.sequence,
        first->entry.sequence - 1);
}

void Publisher::forget_passed() {
    uint64_t passed = last_sequence_;
    for (const State& state : states_) {
        passed = std::min(passed, state.position);
    }
    while (!entries_.empty() && entries_.front().entry.sequence <= passed) {
        entries_.pop_front();
    }
}

Result<void> Publisher::flush(int64_t wait_ms) {
    if (Result<void> drained = drain(); !drained) {
        return drained;
    }
    for (State& state : states_) {
        if (!state.has_failed) {
            state.output.sink->flush(entries_.empty() ? 0 : wait_ms);
        }
    }
    return drain();
}

void Publisher::collect(store::Commit& commit) {
    if (removable_through() > removed_through_) {
        removed_through_ = removable_through();
        commit.outbox_removed_through = removed_through_;
    }
    for (State& state : states_) {
        if (state.stored_position != state.position) {
            state.stored_position = state.position;
            commit.sink_positions.push_back({state.output.name, state.position});
        }
    }
    for (std::string& name : forgotten_) {
        commit.removed.sink_positions.push_back({std::move(name), 0});
    }
    forgotten_.clear();
}

bool Publisher::has_news() const {
    return removable_through() > removed_through_ || !forgotten_.empty() ||
           std::any_of(states_.begin(), states_.end(), [](const State& state) {
               return state.stored_position && *state.stored_position != state.position;
           });
}

uint64_t Publisher::removable_through() const {
    return entries_.empty() ? last_sequence_ : entries_.front().entry.sequence - 1;
}

bool Publisher::is_full() const {
    uint64_t passed = last_sequence_;
    for (const State& state : states_) {
        if (state.output.may_lag == 0) {
            passed = std::min(passed, state.position);
        }
    }
    const Place first = after(passed);
    return static_cast<size_t>(entries_.end() - first) >= kOutboxItemsMax ||
           bytes_from(first) >= kOutboxBytesMax;
}

std::vector<Publisher::View> Publisher::outputs() const {
    std::vector<View> views;
    for (const State& state : states_) {
        views.push_back({state.output.name,
                         state.output.may_lag > 0,
                         static_cast<uint64_t>(entries_.end() - after(state.position)),
                         state.lost,
                         state.has_failed});
    }
    return views;
}

// The first entry after it.
Publisher::Place Publisher::after(uint64_t sequence) const {
    return std::upper_bound(
        entries_.begin(), entries_.end(), sequence, [](uint64_t wanted, const Waiting& waiting) {
            return wanted < waiting.entry.sequence;
        });
}

uint64_t Publisher::bytes_from(Place place) const {
    return place == entries_.end() ? 0
                                   : bytes_through_ - place->bytes_through + size_of(place->entry);
}

}  // namespace spantoll::tools
