#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingest/source.h"
#include "schemas/clock.h"
#include "schemas/error.h"
#include "schemas/settings.h"
#include "store/store.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/pipeline.h"
#include "tools/pipeline/publisher.h"

namespace spantoll::tools {

// The state of a data directory, loaded into memory: what `run` and `replay` share before they know
// where records come from. Members are destroyed in reverse order.
struct OpenState {
    std::unique_ptr<store::Store> store;
    store::LoadedState loaded;
};

// How the store of these settings is opened.
store::StoreOptions store_options(const Settings& settings, uint64_t dedup_seed);

// kUsage where a kind that --drop-kind names has no name, or is built in and cannot go.
Result<void> check_dropped_kinds(const std::vector<std::string>& names);

// Opens or makes DIR/state, and loads it. Errors as store::Store::open.
// `dedup_seed` is for a store that is made here; if it is random, nobody can prepare identities
// that collide.
// `dropped_kinds`: kinds that are no longer configured; their accounts are removed.
Result<OpenState> open_state(const Settings& settings,
                             uint64_t dedup_seed,
                             const std::vector<std::string>& dropped_kinds = {});

// Whether commits that cannot wait leave rows for later (EngineOptions::journals).
enum class Journal { kNone, kKept };

// What an engine is made for.
struct EnginePurpose {
    std::vector<TopicPartition> partitions;
    PartitionClocks clocks = PartitionClocks::kEach;
    Journal journal = Journal::kNone;
    std::optional<int64_t> command_at_ms = {};  // EngineOptions::command_at_ms
};

// The engine over a loaded state. Drops `loaded`, which is large.
std::unique_ptr<Engine> make_engine(const Settings& settings,
                                    const EnginePurpose& purpose,
                                    store::Store& store,
                                    store::LoadedState&& loaded);

// What the outputs start from.
StoredPositions stored_positions(const store::LoadedState& state);

// What the previous process left in the outbox goes out first.
Result<void> add_left_over(store::Store& store, Publisher& publisher);

// Where the store stopped in a partition; the beginning where it knows nothing of it.
ingest::StartPosition start_position(const store::LoadedState& state, const TopicPartition& name);

}  // namespace spantoll::tools
