#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "store/account_rows.h"
#include "store/commit.h"
#include "store/database/options.h"
#include "store/read/loaded_state.h"

namespace spantoll::store {

// What a commit survives when it returns: written to the WAL, a crash of the process; synced, a
// power cut too.
enum class Durability { kWritten, kSynced };

// The one place where state meets the disk: RocksDB with one atomic WriteBatch per commit.
//
// Thread: the engine's, but read_decisions(), read_commands() and has_account(), which any thread
// may call. Errors: kDisk for every failed read or write, after which the object must be dropped,
// since memory may be ahead of the disk; kBusy where another process has the directory; kConfig
// where the format is newer or the kinds differ.
class Store {
  public:
    static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
    // The same in two parts, for whoever finds in the store with which kinds, periods and retention
    // it goes on. The first changes nothing that is in the store; between them its commands and
    // levels may be read.
    static Result<std::unique_ptr<Store>> open_unprepared(const StoreOptions& options);
    Result<void> prepare(const StoreOptions& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    Result<LoadedState> load();
    // The same later, after a commit of everything, with other options that a running store may
    // take. Whoever folded into the state of before may go on with it where nothing is committed in
    // between.
    Result<LoadedState> reload(const StoreOptions& options);
    // What reload() would give, and the store goes on as it is. kConfig where other kinds or
    // periods would have to be taken over.
    Result<LoadedState> foresee(const StoreOptions& options);
    Result<LoadedLevels> load_levels();
    uint64_t dedup_seed() const;
    // What opening left out of the write-ahead log because it is torn or damaged, in one phrase;
    // empty where it is whole. The state is that of the commit before it.
    const std::string& left_out() const;

    // Writes every row in one WriteBatch. `accounts` gives the rows of accounts; null: none
    // changed.
    Result<void> commit(const Commit& commit,
                        Durability durability,
                        const AccountRowSource* accounts = nullptr);
    // fsync of the WAL: every commit so far is on disk when it returns.
    Result<void> sync();

    // A copy of the store as of the last commit, in a directory that is not there yet; see
    // Database::checkpoint().
    Result<void> checkpoint(const std::string& directory);

    // A command that is to be applied, and the position behind it. On disk when it returns.
    Result<void> append_commands(std::span<const Command> commands,
                                 const CommandPosition& position);
    Result<CommandPosition> read_command_position() const;
    // At most `max` commands from a number on. Any thread.
    Result<std::vector<Command>> read_commands(uint64_t from, size_t max) const;

    // RUNNING, whose rules are those of tools/pipeline/crash_guard.h. Survives a crash of the
    // process, not a power cut. remove_running() is on disk when it returns.
    Result<void> put_running(const RunningRow& row);
    Result<void> remove_running();
    // The same after a failure, when nothing else is written any more; it may fail as well.
    void put_running_after_failure(const RunningRow& row);

    // What counters took in within a closed pane, late additions included. The entries come in
    // chunks, in no order; a counter may have several, which add up.
    using TakeEntries = std::function<void(std::span<const PaneEntry>)>;
    Result<void> read_pane(Pane pane, const TakeEntries& take);

    // The hashes of a pane of expiry, in chunks.
    using TakeHashes = std::function<void(std::span<const uint64_t>)>;
    Result<void> read_dedup(Pane expiry_pane, const TakeHashes& take);

    // At most `max` rows of the outbox from `sequence` on.
    Result<std::vector<OutboxEntry>> read_outbox(uint64_t sequence, size_t max);

    // At most `max` decisions of the log with a sequence above `after`. Any thread.
    Result<std::vector<StoredDecision>> read_decisions(uint64_t after, size_t max) const;

    // Whether an account was in memory as of the last commit: it has a row of usd over 24 h then,
    // or, of a short-lived one, a row of its own. Two look-ups at most. Any thread.
    Result<bool> has_account(std::string_view account) const;

    // Bytes of DEAD# rows kept, for a metric.
    uint64_t dead_letter_bytes() const;

  private:
    struct State;
    explicit Store(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::store
