#include "tools/pipeline/open_state.h"

#include "schemas/text/zone_database.h"
#include "tools/process/kill_point.h"

namespace spantoll::tools {
namespace {

constexpr size_t kOutboxReadMax = 1000;

}  // namespace

store::StoreOptions store_options(const Settings& settings, uint64_t dedup_seed) {
    store::StoreOptions options;
    options.directory = settings.data;
    options.periods = settings.periods;
    options.zone = settings.time.zone;
    options.kinds = settings.accounts.kinds;
    options.short_lived = settings.accounts.short_lived;
    options.retention = settings.retention;
    options.file_system = planned_file_system();
    options.dedup_seed_if_new = dedup_seed;
    return options;
}

Result<void> check_dropped_kinds(const std::vector<std::string>& names) {
    const AccountKinds built_in;
    for (const std::string& name : names) {
        if (name.empty()) {
            return failure(ErrorKind::kUsage, "--drop-kind \"\": write the name of a kind");
        }
        if (built_in.find(name)) {
            return failure(ErrorKind::kUsage,
                           "--drop-kind " + name +
                               ": this kind is built in and stays; those of [accounts] kinds can "
                               "be dropped");
        }
    }
    return {};
}

Result<OpenState> open_state(const Settings& settings,
                             uint64_t dedup_seed,
                             const std::vector<std::string>& dropped_kinds) {
    store::StoreOptions options = store_options(settings, dedup_seed);
    options.dropped_kinds = dropped_kinds;
    Result<std::unique_ptr<store::Store>> opened = store::Store::open(options);
    if (!opened) {
        return tl::make_unexpected(opened.error());
    }
    OpenState state;
    state.store = std::move(*opened);
    Result<store::LoadedState> loaded = state.store->load();
    if (!loaded) {
        return tl::make_unexpected(loaded.error());
    }
    state.loaded = std::move(*loaded);
    return state;
}

std::unique_ptr<Engine> make_engine(const Settings& settings,
                                    const EnginePurpose& purpose,
                                    store::Store& store,
                                    store::LoadedState&& loaded) {
    EngineOptions options;
    options.settings = settings;
    options.partitions = purpose.partitions;
    options.clocks = purpose.clocks;
    options.dedup_seed = store.dedup_seed();
    options.zone_release = zone_database().release;
    options.journals = purpose.journal == Journal::kKept;
    options.command_at_ms = purpose.command_at_ms;
    options.read_pane = [&store](Pane pane, const store::Store::TakeEntries& take) {
        return store.read_pane(pane, take);
    };
    options.read_dedup = [&store](Pane pane, const store::Store::TakeHashes& take) {
        return store.read_dedup(pane, take);
    };
    const store::LoadedState taken = std::move(loaded);
    return std::make_unique<Engine>(std::move(options), taken);
}

StoredPositions stored_positions(const store::LoadedState& state) {
    return {state.sink_positions, state.next_sequence - 1};
}

Result<void> add_left_over(store::Store& store, Publisher& publisher) {
    uint64_t next = 0;
    while (true) {
        Result<std::vector<store::OutboxEntry>> entries = store.read_outbox(next, kOutboxReadMax);
        if (!entries) {
            return tl::make_unexpected(entries.error());
        }
        if (entries->empty()) {
            return {};
        }
        next = entries->back().sequence + 1;
        publisher.add(std::move(*entries));
    }
}

ingest::StartPosition start_position(const store::LoadedState& state, const TopicPartition& name) {
    for (const auto& [partition, row] : state.offsets) {
        if (partition == name) {
            return {row.next_offset, row.last_offset, row.last};
        }
    }
    return {};
}

}  // namespace spantoll::tools
