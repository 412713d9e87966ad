#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ingest/record.h"
#include "schemas/error.h"
#include "schemas/rows.h"
#include "store/store.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {

// Deaths at one record after which it is refused.
inline constexpr uint32_t kDeathsMax = 3;
// After a crash each partition is watched for so many spans. A process that dies has read fewer
// than this without a commit: a commit is made after kCommitSpansMax (2,000,000) spans and at most
// one poll more.
inline constexpr uint64_t kWatchedSpansMax = 4'000'000;
// Records that are suspected at a time. There are more only where records of several
// partitions crash the process by turns; the count of the one that was suspected longest then
// begins again.
inline constexpr size_t kSuspectsMax = 16;

// Keeps one record that crashes the process from crashing it at every start: after kDeathsMax
// deaths it is refused with `crashed`, and the line goes on.
//
// While a process runs, the store has a row RUNNING, so that a start knows whether the one before
// ended in order. If it did, nothing more is done: there is no cost in normal running. If it did
// not, the records are read one by one, and before each is decoded and folded RUNNING names it;
// what a death then leaves in RUNNING is where it happened. The first death of all leaves no name.
// It is counted for the record of the next death if nothing was committed between the two.
//
//     CrashGuard guard(store, running, engine);
//     guard.start();
//     for each record, while is_watching(): if begin(record) says so, refuse it, else fold it
//     guard.end_batch();
//     guard.committed();     after a commit
//     guard.stop();          in order, or failed() where the process ends with an error
//
// Thread: the engine's. Errors as store::Store::commit.
class CrashGuard {
  public:
    // `before`: what the store has of the process before. The engine is as the store left it.
    CrashGuard(store::Store& store, std::optional<RunningRow> before, const Engine& engine);

    Result<void> start();
    // Goes on with another engine that stands where this one stood.
    void follow(const Engine& engine) { engine_ = &engine; }
    // Whether records of the partition are still to be handed over one by one.
    bool is_watching(PartitionIndex partition) const;
    enum class Turn { kFold, kRefuse };
    Result<Turn> begin(const ingest::Record& record);
    // Every record that was begun has been folded.
    Result<void> end_batch();
    void committed();
    Result<void> stop() { return store_.remove_running(); }
    // The process ends with an error of its own, which is not a death at a record.
    void failed();

    // "topic/partition@offset, 2 deaths" of each record that is suspected; empty where none is.
    std::string suspects() const;
    bool follows_a_crash() const { return follows_a_crash_; }

  private:
    void end_turn();
    void forget_committed();

    store::Store& store_;
    const Engine* engine_;
    bool follows_a_crash_ = false;
    bool is_unattributed_ = false;  // nobody knows at which record the last process died
    bool has_committed_ = false;    // since the start
    RunningRow row_;                // as it is in the store
    bool is_last_passing_ = false;  // the last of its suspects is there for its turn alone
    std::vector<uint64_t> polled_at_start_;
};

}  // namespace spantoll::tools
