#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "ingest/source.h"
#include "schemas/clock.h"
#include "schemas/error.h"
#include "store/read/crashed_records.h"
#include "store/store.h"
#include "tools/checks/board_updater.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/crash_guard.h"
#include "tools/pipeline/publisher.h"
#include "tools/pipeline/status.h"
#include "tools/pipeline/watermark_votes.h"

namespace spantoll::tools {

// Spans after which a commit is made whatever the clock says: the more, the more of them share the
// rows of their accounts; at 1 us a span as long as the interval below.
inline constexpr uint64_t kCommitSpansMax = 2'000'000;
// A commit without decisions waits this long for more to share its rows.
inline constexpr int64_t kCommitIntervalMs = 2'000;
// Where nothing is left to read it waits this long: sources hand out their spans in bursts, and a
// commit after each would write every busy account again and again.
inline constexpr int64_t kCommitQuietMs = 200;
// Where commits are long, because very many accounts are charged, they may take a tenth of the
// time: the next one waits nine times as long as the last one took, but never longer than this.
// What a crash loses of memory is read again from the log.
inline constexpr int64_t kCommitWorkRatio = 9;
inline constexpr int64_t kCommitIntervalMsMax = 30'000;
// A reader that keeps up commits before the journal has more than this of charges. How many rows a
// commit brings up to date follows from the size of its journal row, so no decision waits long.
inline constexpr size_t kCommitJournalBytes = 1U << 20;
// The longest that a committed span may be lost to a power cut (not to a crash).
inline constexpr int64_t kSyncIntervalMs = 1000;
// One poll: enough to keep the engine busy for tens of milliseconds, no more, so that timers and
// questions are served.
inline constexpr size_t kPollRecordsMax = 5'000;
inline constexpr size_t kPollBytesMax = 8u << 20;
inline constexpr int64_t kPollWaitMs = 10;

// How much of decisions and dead letters a replay lets wait in memory.
inline constexpr size_t kBulkOutboxBytes = 16U << 20;

// How long a decision waits for its commit. Nobody acts on those of a replay before its end, so
// they wait for kCommitSpansMax.
enum class Pacing { kPrompt, kBulk };

struct PipelineParts {
    ingest::Source* source = nullptr;
    Engine* engine = nullptr;
    store::Store* store = nullptr;
    Publisher* publisher = nullptr;
    Clock* clock = nullptr;
    CheckBoard* checks = nullptr;  // null: nobody asks
    Pacing pacing = Pacing::kPrompt;
    CrashGuard* guard = nullptr;                     // null: crashes are not counted
    const store::CrashedRecords* crashed = nullptr;  // refused undecoded; null: none
    // Called before each record is folded; it may commit and put another engine in the place of the
    // present one. Empty: nothing is to be done.
    std::function<Result<void>(const ingest::Record&)> before_record = {};
};

enum class StepOutcome { kBusy, kIdle, kFinished };

// One journey: poll a batch, decode, fold, decide, commit, publish. Everything but questions from
// other threads happens on the thread that calls step().
class Pipeline {
  public:
    Pipeline(const PipelineParts& parts, const TimeSettings& settings);

    // An error is final: memory may have run ahead of the disk and must be dropped.
    Result<StepOutcome> step();
    // Between two steps. What waits for a commit is committed and on disk.
    Result<void> commit_now(window::CommitScope scope);
    // Goes on with another engine, which stands where the last one stood. Between two steps, after
    // commit_now(kEverything).
    void replace_engine(Engine& engine);
    Engine& engine() const { return *parts_.engine; }

    // Commits and syncs what is left and waits at most `wait_ms` for the outbox.
    Result<void> finish(int64_t wait_ms);

    // Asks the engine's thread a question and waits for the answer, which is about what is
    // committed. Any thread; false where the engine did not answer in time.
    bool ask(const std::function<void(Engine&)>& question, int64_t wait_ms);

    // Of decisions and dead letters: no row of the store has a higher one. Any thread.
    uint64_t last_sequence() const { return last_sequence_; }

    // As of the last step. Engine's thread.
    Status status() const;

  private:
    Result<void> fold(const ingest::RecordBatch& batch, const Moment& now);
    // Of the records from `from` on, so many may be decoded together: up to the next one that is
    // refused undecoded, and one alone where crashes are watched for.
    size_t decoded_together(const ingest::RecordBatch& batch, size_t from) const;
    // Refuses the record if it has crashed the process.
    Result<bool> refuse_if_crashed(const ingest::Record& record);
    bool is_known_to_crash(const ingest::Record& record) const;
    bool is_watched(const ingest::Record& record) const;
    void remember_fingerprints(const ingest::RecordBatch& batch);
    void follow_positions(const ingest::RecordBatch& batch);
    void bound_skew();
    bool is_commit_due(const ingest::RecordBatch& batch, SteadyTime now) const;
    Result<void> commit(SteadyTime now, window::CommitScope scope);
    Result<void> sync(SteadyTime now);
    void note_synced(SteadyTime now);
    Result<void> clean_outbox();
    void answer_questions();

    PipelineParts parts_;
    BoardUpdater updater_;
    const TimeSettings settings_;
    WatermarkVotes votes_;
    store::Commit commit_;
    std::vector<bool> paused_;
    std::vector<int64_t> first_time_ms_;  // of each partition, while W is unset
    SteadyTime last_commit_;              // when it ended
    int64_t commit_took_ms_ = 0;
    SteadyTime last_sync_;
    bool is_unsynced_ = false;

    struct Question {
        const std::function<void(Engine&)>* ask = nullptr;
        bool is_answered = false;
    };
    std::mutex mutex_;
    std::condition_variable answered_;
    std::deque<std::shared_ptr<Question>> questions_;
    std::atomic<bool> has_questions_{false};

    std::atomic<uint64_t> last_sequence_;
    uint64_t commits_ = 0;
    int64_t busy_ms_ = 0;
    int64_t commit_ms_ = 0;
    bool is_outbox_full_ = false;
};

}  // namespace spantoll::tools
