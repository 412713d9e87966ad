#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "schemas/settings.h"
#include "store/store.h"
#include "tests/store/temporary_directory.h"
#include "tools/checks/board_updater.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {

// The real engine over the real store, in a directory of its own: a process without its edges.
// Records are applied by hand; a commit happens when the test says so.
//
//     EngineRig rig(2);
//     rig.start(settings);
//     rig.engine().apply(record, now_ms);
//     rig.commit();
//     rig.restart(settings);   // as after a crash: only what was committed is left
class EngineRig {
  public:
    explicit EngineRig(int32_t partitions = 1);

    // Reads a configuration as the program does; the text need not end in a line end.
    Result<Settings> read_settings(std::string_view toml) const;

    // Opens the store, and makes it if it does not exist yet.
    Result<void> start(const Settings& settings,
                       const std::vector<std::string>& dropped_kinds = {});
    // Drops engine and store and loads what the last commit left.
    Result<void> restart(const Settings& settings,
                         const std::vector<std::string>& dropped_kinds = {});
    // As a step of the pipeline does.
    Result<void> commit(window::CommitScope scope = window::CommitScope::kEverything);
    // Commits so far that left charges in the journal.
    size_t journaled_commits() const { return journaled_commits_; }
    // Lets go of the store, so that its digest can be taken.
    void stop();

    bool is_started() const { return engine_ != nullptr; }
    Engine& engine() { return *engine_; }
    store::Store& store() { return *store_; }
    // What checks look at, as of the last commit.
    const CheckBoard& checks() const { return *checks_; }
    // The row RUNNING that the last process left, as it was when the store was opened.
    const std::optional<RunningRow>& running() const { return running_; }
    // The next free offset of a partition; each is given out once.
    int64_t take_offset(PartitionIndex partition) { return next_offsets_[partition]++; }
    // Decisions committed so far, as they stand in the outbox; in order.
    std::vector<std::string>& decisions() { return decisions_; }
    // Every row that `dump --all` shows, of what is committed.
    Result<std::map<std::string, std::string>> rows() const;
    Result<std::string> digest() const;

  private:
    Result<void> show_checks();

    store::TemporaryDirectory directory_;
    std::vector<TopicPartition> partitions_;
    std::vector<int64_t> next_offsets_;
    std::unique_ptr<store::Store> store_;
    std::optional<RunningRow> running_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<CheckBoard> checks_;
    std::optional<BoardUpdater> updater_;
    store::Commit commit_;
    std::vector<std::string> decisions_;
    size_t journaled_commits_ = 0;
};

}  // namespace spantoll::tools
