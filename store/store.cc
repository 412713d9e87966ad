#include "store/store.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "schemas/check.h"
#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/database/checkpoint.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/database/store_counters.h"
#include "store/files/disk_priority.h"
#include "store/files/disk_space.h"
#include "store/read/commands.h"
#include "store/read/format.h"
#include "store/read/journal.h"
#include "store/read/load.h"
#include "store/read/outbox.h"
#include "store/read/pane_rows.h"
#include "store/row_writer.h"

namespace spantoll::store {
namespace {

// WAL of RocksDB and its recovery apart, an operator finds the state here.
constexpr std::string_view kStateDirectory = "/state";

// A decision waits for each commit and its fsync, or for the commit under way. Commits of a few MiB
// do not make anybody else wait long. Those of a backlog are larger and need not be served first.
constexpr size_t kFirstAtDiskBytesMax = 4 << 20;

}  // namespace

// Invariants:
//  1. Before the first commit nothing has been written since open(), so every family may be read.
//  2. Once `failed` is set nothing is written any more: `memory` may be ahead of the disk.
struct Store::State {
    DiskSpace space;
    std::unique_ptr<Database> database;
    FormatRecord format;
    StoreCounters memory;
    RowWriter writer;
    RecordEncoder encoder;  // of RUNNING
    PaneRows panes;
    PaneRows dedup;
    bool is_prepared = false;
    bool has_committed = false;
    std::atomic<bool> failed{false};

    State(DiskSpace the_space, std::unique_ptr<Database> opened)
        : space(std::move(the_space)),
          database(std::move(opened)),
          writer(*database, memory),
          panes(*database, Family::kPanes),
          dedup(*database, Family::kDedup) {}

    Result<void> check_usable() const {
        if (failed.load(std::memory_order_relaxed)) {
            return failure(ErrorKind::kDisk,
                           "the store has failed and must be opened again: nothing is lost");
        }
        return database->health().and_then([&] { return space.check_room(); });
    }

    Result<void> prepare(const StoreOptions& options);

    // Passes on the outcome, and remembers a failure.
    template <typename T>
    Result<T> noted(Result<T> outcome) {
        if (!outcome) {
            failed.store(true, std::memory_order_relaxed);
        }
        return outcome;
    }

    Result<void> write(const Commit& commit,
                       Durability durability,
                       const AccountRowSource* accounts);
    rocksdb::Status put_running(const RunningRow& row);

    template <typename Value, typename Decode, typename Take>
    Result<void> read_rows(PaneRows& rows,
                           std::string_view shown_prefix,
                           Pane pane,
                           const Decode& decode,
                           const Take& take);
};

Store::Store(std::unique_ptr<State> state) : state_(std::move(state)) {}

// Writes everything into tables, so that no later start depends on a file of the WAL. If that fails
// nothing is lost: every commit is in the WAL.
Store::~Store() {
    if (state_->has_committed && state_->check_usable()) {
        std::ignore = state_->database->flush();
    }
}

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
    Result<std::unique_ptr<Store>> opened = open_unprepared(options);
    if (!opened) {
        return opened;
    }
    return (*opened)->prepare(options).map([&] { return std::move(*opened); });
}

Result<std::unique_ptr<Store>> Store::open_unprepared(const StoreOptions& options) {
    const std::string path = options.directory + std::string(kStateDirectory);
    Result<DiskSpace> space = DiskSpace::of(path);
    if (!space) {
        return tl::make_unexpected(space.error());
    }
    // Opening writes too: what is in the WAL goes into tables.
    if (Result<void> room = space->check_room(); !room) {
        return tl::make_unexpected(room.error());
    }
    Result<std::unique_ptr<Database>> database = Database::open({path,
                                                                 database_options(space->budget()),
                                                                 state_families(space->budget()),
                                                                 options.create_if_missing,
                                                                 options.file_system,
                                                                 WalRule::kGoesBack,
                                                                 range_deleted_families()});
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    if (Result<void> known = check_version(**database); !known) {
        return tl::make_unexpected(known.error());
    }
    return std::unique_ptr<Store>(
        new Store(std::make_unique<State>(std::move(*space), std::move(*database))));
}

Result<void> Store::State::prepare(const StoreOptions& options) {
    Result<FormatRecord> migrated = migrate_format(*database, options);
    if (!migrated) {
        return tl::make_unexpected(migrated.error());
    }
    Result<StoreCounters> read = read_counters(*database, options);
    if (!read) {
        return tl::make_unexpected(read.error());
    }
    format = std::move(*migrated);
    memory = std::move(*read);
    is_prepared = true;
    return {};
}

Result<void> Store::prepare(const StoreOptions& options) {
    return state_->noted(state_->prepare(options));
}

Result<LoadedState> Store::load() {
    CHECK(state_->is_prepared, "the store knows its kinds before the state is loaded");
    CHECK(!state_->has_committed, "the state is loaded before anything is committed");
    return state_->noted(fold_journal(*state_->database).and_then([&] {
        return load_state(*state_->database, state_->memory);
    }));
}

Result<LoadedState> Store::reload(const StoreOptions& options) {
    const auto read = [&]() -> Result<LoadedState> {
        if (Result<void> flushed = state_->database->flush(); !flushed) {
            return tl::make_unexpected(flushed.error());
        }
        if (Result<void> prepared = state_->prepare(options); !prepared) {
            return tl::make_unexpected(prepared.error());
        }
        state_->panes.forget();
        state_->dedup.forget();
        return fold_journal(*state_->database).and_then([&] {
            return load_state(*state_->database, state_->memory);
        });
    };
    return state_->noted(state_->check_usable().and_then(read));
}

Result<LoadedState> Store::foresee(const StoreOptions& options) {
    return state_->check_usable()
        .and_then([&] { return check_format(*state_->database, options); })
        .and_then([&] { return state_->database->flush(); })
        .and_then([&] { return read_counters(*state_->database, options); })
        .and_then([&](StoreCounters&& memory) {
            state_->panes.forget();
            state_->dedup.forget();
            return load_state(*state_->database, memory);
        });
}

Result<LoadedLevels> Store::load_levels() {
    return state_->noted(store::load_levels(*state_->database));
}

const std::string& Store::left_out() const {
    return state_->database->wal_findings().left_out;
}

uint64_t Store::dedup_seed() const {
    return state_->format.dedup_seed;
}

Result<void> Store::commit(const Commit& commit,
                           Durability durability,
                           const AccountRowSource* accounts) {
    state_->has_committed = true;
    return state_->noted(state_->check_usable().and_then(
        [&] { return state_->write(commit, durability, accounts); }));
}

Result<void> Store::State::write(const Commit& commit,
                                 Durability durability,
                                 const AccountRowSource* accounts) {
    panes.forget();
    dedup.forget();
    Result<rocksdb::WriteBatch*> batch = writer.write(commit, accounts);
    if (!batch) {
        return tl::make_unexpected(batch.error());
    }
    const size_t size = (*batch)->GetDataSize();
    std::optional<FirstAtDisk> first;
    const bool is_synced = durability == Durability::kSynced;
    if (is_synced && size <= kFirstAtDiskBytesMax) {
        first.emplace();
    }
    rocksdb::WriteOptions options;
    options.sync = is_synced;
    const rocksdb::Status status = database->db().Write(options, *batch);
    first.reset();
    if (!status.ok()) {
        return database->error("write", status);
    }
    // A start after a crash reads the WAL row by row, so there must never be much in it.
    if (size > space.budget().buffer_bytes) {
        return database->begin_flush();
    }
    return {};
}

Result<void> Store::sync() {
    const auto synced = [&]() -> Result<void> {
        const rocksdb::Status status = state_->database->db().SyncWAL();
        if (!status.ok()) {
            return state_->database->error("fsync", status);
        }
        return {};
    };
    return state_->noted(state_->check_usable().and_then(synced));
}

Result<void> Store::checkpoint(const std::string& directory) {
    return state_->check_usable().and_then(
        [&] { return store::checkpoint(*state_->database, directory); });
}

Result<void> Store::append_commands(std::span<const Command> commands,
                                    const CommandPosition& position) {
    const auto append = [&]() -> Result<void> {
        rocksdb::ColumnFamilyHandle* meta =
            state_->database->family(static_cast<size_t>(Family::kMeta));
        rocksdb::WriteBatch batch;
        const auto put = [&]<HasRowKind Row>(const Row& row) {
            const std::string_view value = RowKind<Row>::encode(state_->encoder, row);
            batch.Put(meta, RowKind<Row>::key(row), rocksdb::Slice(value)).PermitUncheckedError();
        };
        for (const Command& command : commands) {
            put(command);
        }
        put(position);
        rocksdb::WriteOptions synced;
        synced.sync = true;
        const rocksdb::Status status = state_->database->db().Write(synced, &batch);
        return status.ok() ? Result<void>() : state_->database->error("write", status);
    };
    state_->has_committed = true;
    return state_->noted(state_->check_usable().and_then(append));
}

Result<CommandPosition> Store::read_command_position() const {
    return store::read_command_position(*state_->database);
}

Result<std::vector<Command>> Store::read_commands(uint64_t from, size_t max) const {
    return read_command_rows(*state_->database, {from, max});
}

rocksdb::Status Store::State::put_running(const RunningRow& row) {
    return database->db().Put({},
                              database->family(index_of(Family::kMeta)),
                              rocksdb::Slice(kRunningKey),
                              rocksdb::Slice(encoder.running(row)));
}

Result<void> Store::put_running(const RunningRow& row) {
    const auto put = [&]() -> Result<void> {
        const rocksdb::Status status = state_->put_running(row);
        if (!status.ok()) {
            return state_->database->error("write", status);
        }
        return {};
    };
    return state_->noted(state_->check_usable().and_then(put));
}

void Store::put_running_after_failure(const RunningRow& row) {
    state_->put_running(row).PermitUncheckedError();
}

Result<void> Store::remove_running() {
    const auto remove = [&]() -> Result<void> {
        rocksdb::WriteOptions synced;
        synced.sync = true;
        const rocksdb::Status status = state_->database->db().Delete(
            synced, state_->database->family(index_of(Family::kMeta)), rocksdb::Slice(kRunningKey));
        if (!status.ok()) {
            return state_->database->error("write", status);
        }
        return {};
    };
    return state_->noted(state_->check_usable().and_then(remove));
}

// Rows of a pane in a family with binary keys: `decode(bytes, values)`, then `take(values)`.
template <typename Value, typename Decode, typename Take>
Result<void> Store::State::read_rows(PaneRows& rows,
                                     std::string_view shown_prefix,
                                     Pane pane,
                                     const Decode& decode,
                                     const Take& take) {
    Result<void> outcome;
    std::vector<Value> values;
    Result<void> read = rows.scan(pane, [&](auto key, auto value) {
        values.clear();
        if (!decode(value, values)) {
            outcome = broken_row(shown_pane_row_key(shown_prefix, key));
            return false;
        }
        take(values);
        return true;
    });
    return noted(read ? outcome : read);
}

Result<void> Store::read_pane(Pane pane, const TakeEntries& take) {
    const auto decode = [](auto bytes, auto& entries) { return decode_pane(bytes, entries); };
    return state_->read_rows<PaneEntry>(state_->panes, kPanePrefix, pane, decode, take);
}

Result<void> Store::read_dedup(Pane expiry_pane, const TakeHashes& take) {
    return state_->read_rows<uint64_t>(
        state_->dedup, kDedupPrefix, expiry_pane, decode_hashes, take);
}

Result<std::vector<OutboxEntry>> Store::read_outbox(uint64_t sequence, size_t max) {
    return state_->noted(read_outbox_rows(*state_->database,
                                          {std::max(sequence, state_->memory.outbox_begin), max}));
}

Result<std::vector<StoredDecision>> Store::read_decisions(uint64_t after, size_t max) const {
    return read_decision_rows(*state_->database, {after + 1, max});
}

Result<bool> Store::has_account(std::string_view account) const {
    std::string key;
    put_rolling_key(key, account, kDayMs / kMinuteMs);
    rocksdb::PinnableSlice row;
    Database& database = *state_->database;
    const rocksdb::Status status =
        database.db().Get({}, database.family(index_of(Family::kRolling)), key, &row);
    if (!status.ok() && !status.IsNotFound()) {
        return database.error("read", status);
    }
    if (status.ok()) {
        return true;
    }
    const rocksdb::Status short_lived =
        database.db().Get({},
                          database.family(index_of(Family::kRolling)),
                          RowKind<AccountNumber>::key({std::string(account), {}}),
                          &row);
    if (!short_lived.ok() && !short_lived.IsNotFound()) {
        return database.error("read", short_lived);
    }
    return short_lived.ok();
}

uint64_t Store::dead_letter_bytes() const {
    return state_->memory.dead_letter_bytes;
}

}  // namespace spantoll::store
