#include "tools/pipeline/pipeline.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include <fmt/format.h>

#include "schemas/crc32c.h"
#include "tools/process/kill_point.h"

namespace spantoll::tools {
namespace {

// When some record must not be decoded together with others, there is no need to look further than
// the engine takes at a time.
constexpr size_t kWatchedTogetherMax = 32;

// Whether there was more to read than a poll takes, or nearly.
bool is_behind(const ingest::RecordBatch& batch) {
    size_t bytes = 0;
    for (const ingest::Record& record : batch.records) {
        bytes += record.bytes.size();
    }
    return batch.records.size() >= kPollRecordsMax / 2 || bytes >= kPollBytesMax / 2;
}

bool is_at_end(const ingest::RecordBatch& batch) {
    return std::all_of(batch.partitions.begin(),
                       batch.partitions.end(),
                       [](const ingest::PartitionState& state) { return state.is_at_end; });
}

}  // namespace

Pipeline::Pipeline(const PipelineParts& parts, const TimeSettings& settings)
    : parts_(parts),
      updater_(parts.checks),
      settings_(settings),
      votes_(*parts.engine, settings, parts.clock->steady()),
      paused_(parts.engine->partitions().size()),
      first_time_ms_(parts.engine->partitions().size(), kUnset),
      last_commit_(parts.clock->steady()),
      last_sync_(last_commit_),
      last_sequence_(parts.engine->next_sequence() - 1) {
    updater_.publish_all(*parts_.engine);
}

Result<StepOutcome> Pipeline::step() {
    const Moment now = parts_.clock->moment();
    is_outbox_full_ = parts_.publisher->is_full();
    Result<ingest::RecordBatch> batch;
    if (is_outbox_full_) {
        // Nothing more is read until the sinks take what waits.
        std::this_thread::sleep_for(std::chrono::milliseconds(kPollWaitMs));
    } else {
        batch = parts_.source->poll({kPollRecordsMax, kPollBytesMax, kPollWaitMs});
    }
    if (!batch) {
        return tl::make_unexpected(batch.error());
    }
    const SteadyTime begin = parts_.clock->steady();
    if (const Result<void> folded = fold(*batch, now); !folded) {
        return tl::make_unexpected(folded.error());
    }
    if (const std::optional<Error>& failed = parts_.engine->failure()) {
        return tl::make_unexpected(*failed);
    }
    kill_point("after_decode");
    if (is_commit_due(*batch, now.steady)) {
        if (const Result<void> written = commit(now.steady, window::CommitScope::kDue); !written) {
            return tl::make_unexpected(written.error());
        }
    } else if (is_unsynced_ && now.steady.since(last_sync_) >= kSyncIntervalMs) {
        if (const Result<void> synced = sync(now.steady); !synced) {
            return tl::make_unexpected(synced.error());
        }
    }
    answer_questions();
    if (const Result<void> drained = parts_.publisher->drain(); !drained) {
        return tl::make_unexpected(drained.error());
    }
    kill_point("after_publish");
    busy_ms_ += parts_.clock->steady().since(begin);
    if (batch->is_finished) {
        return StepOutcome::kFinished;
    }
    return batch->records.empty() ? StepOutcome::kIdle : StepOutcome::kBusy;
}

Result<void> Pipeline::fold(const ingest::RecordBatch& batch, const Moment& now) {
    votes_.begin_batch(batch, now);
    size_t ahead = 0;
    for (size_t i = 0; i < batch.records.size(); ++i) {
        const ingest::Record& record = batch.records[i];
        if (parts_.before_record) {
            const Engine* before = parts_.engine;
            if (const Result<void> done = parts_.before_record(record); !done) {
                return done;
            }
            // What was decoded ahead was so for the other engine.
            ahead = parts_.engine == before ? ahead : i;
        }
        const Result<bool> refused = refuse_if_crashed(record);
        if (!refused) {
            return tl::make_unexpected(refused.error());
        }
        if (*refused) {
            ahead = i + 1;
        } else {
            if (i >= ahead) {
                ahead = i + parts_.engine->look_ahead(
                                std::span(batch.records).subspan(i, decoded_together(batch, i)));
            }
            parts_.engine->apply(record, now.wall.ms);
        }
        votes_.record_done(record.partition);
    }
    if (parts_.guard != nullptr) {
        if (Result<void> ended = parts_.guard->end_batch(); !ended) {
            return ended;
        }
    }
    remember_fingerprints(batch);
    follow_positions(batch);
    votes_.end_batch(now);
    if (!batch.partitions.empty() && is_at_end(batch)) {
        parts_.engine->note_read_to_end();
    }
    bound_skew();
    return {};
}

size_t Pipeline::decoded_together(const ingest::RecordBatch& batch, size_t from) const {
    const size_t left = batch.records.size() - from;
    const bool has_crashed = parts_.guard != nullptr && parts_.guard->follows_a_crash();
    if (!has_crashed && parts_.crashed == nullptr) {
        return left;
    }
    size_t count = 1;
    while (count < std::min(left, kWatchedTogetherMax) && !is_watched(batch.records[from]) &&
           !is_watched(batch.records[from + count]) &&
           !is_known_to_crash(batch.records[from + count])) {
        ++count;
    }
    return count;
}

bool Pipeline::is_watched(const ingest::Record& record) const {
    return parts_.guard != nullptr && parts_.guard->is_watching(record.partition);
}

bool Pipeline::is_known_to_crash(const ingest::Record& record) const {
    return parts_.crashed != nullptr &&
           parts_.crashed->contains({parts_.engine->partitions()[record.partition], record.offset});
}

Result<bool> Pipeline::refuse_if_crashed(const ingest::Record& record) {
    if (is_known_to_crash(record)) {
        parts_.engine->refuse(
            record, Refusal::kCrashed, "refused as crashed where the log was first read");
        return true;
    }
    if (record.offset < parts_.engine->next_offset(record.partition) || !is_watched(record)) {
        return false;
    }
    const Result<CrashGuard::Turn> turn = parts_.guard->begin(record);
    if (!turn) {
        return tl::make_unexpected(turn.error());
    }
    if (*turn == CrashGuard::Turn::kFold) {
        return false;
    }
    parts_.engine->refuse(record,
                          Refusal::kCrashed,
                          fmt::format("spantoll died {} times while it read this record; please "
                                      "report it together with the record",
                                      kDeathsMax));
    return true;
}

void Pipeline::remember_fingerprints(const ingest::RecordBatch& batch) {
    std::vector<const ingest::Record*> last(paused_.size());
    for (const ingest::Record& record : batch.records) {
        last[record.partition] = &record;
    }
    for (const ingest::Record* record : last) {
        if (record == nullptr ||
            record->offset + 1 != parts_.engine->next_offset(record->partition)) {
            continue;
        }
        const Fingerprint fingerprint{
            record->append_ms, static_cast<uint32_t>(record->bytes.size()), crc32c(record->bytes)};
        parts_.engine->set_fingerprint(record->partition, record->offset, fingerprint);
    }
}

// After the fingerprints, which are of the record before the position.
void Pipeline::follow_positions(const ingest::RecordBatch& batch) {
    for (size_t i = 0; i < batch.partitions.size(); ++i) {
        parts_.engine->advance_position(static_cast<PartitionIndex>(i),
                                        batch.partitions[i].next_offset);
    }
}

// A partition that is too far ahead of W is not read until W follows. While W is unset, because
// another partition is unknown, the span of time that was read is bounded the same way.
void Pipeline::bound_skew() {
    const window::Watermark& watermark = parts_.engine->watermark();
    const bool is_bounded = paused_.size() > 1 && parts_.engine->clocks() == PartitionClocks::kEach;
    for (size_t i = 0; is_bounded && i < paused_.size(); ++i) {
        const auto index = static_cast<PartitionIndex>(i);
        const int64_t time_max = parts_.engine->offset_row(index).time_ms_max;
        if (time_max == kUnset) {
            continue;
        }
        if (first_time_ms_[i] == kUnset) {
            first_time_ms_[i] = time_max;
        }
        const int64_t skew =
            watermark.is_set() ? watermark.skew_ms(index) : time_max - first_time_ms_[i];
        const bool is_ahead = skew > settings_.max_skew_ms;
        if (is_ahead != paused_[i]) {
            paused_[i] = is_ahead;
            parts_.source->set_paused(index, is_ahead);
        }
    }
}

bool Pipeline::is_commit_due(const ingest::RecordBatch& batch, SteadyTime now) const {
    const Engine& engine = *parts_.engine;
    if (!engine.has_changes()) {
        return batch.records.empty() && parts_.publisher->has_news();
    }
    if (batch.is_finished || has_questions_) {
        return true;
    }
    if (parts_.pacing == Pacing::kBulk) {
        return engine.outbox_bytes() >= kBulkOutboxBytes ||
               engine.spans_since_commit() >= kCommitSpansMax;
    }
    if (engine.outbox_bytes() > 0) {
        return true;
    }
    const int64_t since_ms = now.since(last_commit_);
    const bool has_rested =
        since_ms >= std::min(kCommitWorkRatio * commit_took_ms_, kCommitIntervalMsMax);
    // An empty poll may be a gap between two fetches of a long log.
    if (batch.records.empty() && since_ms >= kCommitQuietMs && (has_rested || is_at_end(batch))) {
        return true;
    }
    if (!has_rested) {
        return false;
    }
    return since_ms >= kCommitIntervalMs || engine.spans_since_commit() >= kCommitSpansMax ||
           (engine.journal_bytes() >= kCommitJournalBytes && !is_behind(batch));
}

Result<void> Pipeline::commit(SteadyTime now, window::CommitScope scope) {
    Engine& engine = *parts_.engine;
    const SteadyTime begin = parts_.clock->steady();
    kill_point("before_commit");
    engine.collect(commit_, scope);
    last_sequence_ = engine.next_sequence() - 1;  // before anybody can read the rows
    if (parts_.publisher->has_news()) {
        kill_point("before_outbox_cleaned");
    }
    parts_.publisher->collect(commit_);
    const bool has_outbox = !commit_.decisions.empty() || !commit_.dead_letters.empty();
    kill_point("in_commit");
    const bool is_sync_due = has_outbox || now.since(last_sync_) >= kSyncIntervalMs;
    const auto durability = is_sync_due ? store::Durability::kSynced : store::Durability::kWritten;
    if (Result<void> written = parts_.store->commit(commit_, durability, &engine.account_rows());
        !written) {
        return written;
    }
    engine.committed();
    if (parts_.guard != nullptr) {
        parts_.guard->committed();
    }
    ++commits_;
    last_commit_ = parts_.clock->steady();
    commit_took_ms_ = last_commit_.since(now);
    commit_ms_ += last_commit_.since(begin);
    is_unsynced_ = true;
    kill_point("after_commit");
    updater_.publish(engine, commit_);
    if (is_sync_due) {
        note_synced(now);
    }
    if (has_outbox) {
        parts_.publisher->add(entries_of(std::move(commit_)));
    }
    return {};
}

Result<void> Pipeline::sync(SteadyTime now) {
    if (Result<void> synced = parts_.store->sync(); !synced) {
        return synced;
    }
    note_synced(now);
    return {};
}

// Every commit so far is on disk, so the source may show its positions.
void Pipeline::note_synced(SteadyTime now) {
    last_sync_ = now;
    is_unsynced_ = false;
    std::vector<int64_t> positions;
    for (size_t i = 0; i < paused_.size(); ++i) {
        positions.push_back(parts_.engine->next_offset(static_cast<PartitionIndex>(i)));
    }
    parts_.source->positions_are_durable(positions);
}

Result<void> Pipeline::commit_now(window::CommitScope scope) {
    const Engine& engine = *parts_.engine;
    const SteadyTime now = parts_.clock->steady();
    const bool has_rows = scope == window::CommitScope::kEverything && engine.has_unwritten_rows();
    if (engine.has_changes() || has_rows) {
        if (Result<void> written = commit(now, scope); !written) {
            return written;
        }
    }
    return is_unsynced_ ? sync(now) : Result<void>();
}

void Pipeline::replace_engine(Engine& engine) {
    parts_.engine = &engine;
    votes_.follow(engine);
    if (parts_.guard != nullptr) {
        parts_.guard->follow(engine);
    }
}

Result<void> Pipeline::finish(int64_t wait_ms) {
    if (const std::optional<Error>& failed = parts_.engine->failure()) {
        return tl::make_unexpected(*failed);
    }
    if (Result<void> written = commit_now(window::CommitScope::kEverything); !written) {
        return written;
    }
    if (Result<void> flushed = parts_.publisher->flush(wait_ms); !flushed) {
        return flushed;
    }
    return clean_outbox();
}

Result<void> Pipeline::clean_outbox() {
    if (!parts_.publisher->has_news()) {
        return {};
    }
    store::Commit cleaning;
    parts_.publisher->collect(cleaning);
    return parts_.store->commit(cleaning, store::Durability::kSynced);
}

bool Pipeline::ask(const std::function<void(Engine&)>& question, int64_t wait_ms) {
    const auto mine = std::make_shared<Question>();
    mine->ask = &question;
    std::unique_lock lock(mutex_);
    questions_.push_back(mine);
    has_questions_ = true;
    const bool answered = answered_.wait_for(
        lock, std::chrono::milliseconds(wait_ms), [&] { return mine->is_answered; });
    if (!answered) {
        std::erase(questions_, mine);
    }
    return answered;
}

void Pipeline::answer_questions() {
    if (!has_questions_ || parts_.engine->has_changes()) {
        return;  // uncommitted changes: the next step commits first, then answers
    }
    const std::lock_guard lock(mutex_);
    for (const std::shared_ptr<Question>& question : questions_) {
        (*question->ask)(*parts_.engine);
        question->is_answered = true;
    }
    questions_.clear();
    has_questions_ = false;
    answered_.notify_all();
}

Status Pipeline::status() const {
    Status status = take_status(*parts_.engine, votes_);
    status.commits = commits_;
    status.busy_ms = busy_ms_;
    status.commit_ms = commit_ms_;
    status.outbox_waiting = parts_.publisher->waiting();
    status.outputs = parts_.publisher->outputs();
    status.is_outbox_full = is_outbox_full_;
    status.dead_letter_bytes = parts_.store->dead_letter_bytes();
    status.flags_in_force = parts_.checks == nullptr ? 0 : parts_.checks->size();
    return status;
}

}  // namespace spantoll::tools
