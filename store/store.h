#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"
#include "schemas/rows.h"
#include "schemas/settings.h"

namespace rocksdb {
class FileSystem;
}

namespace spantoll::store {

// 64-bit hashes of the identities remembered until `expiry_pane` closes.
struct DedupIds {
    int64_t expiry_pane = 0;
    std::vector<uint64_t> hashes;
};

struct StoredDecision {
    uint64_t sequence = 0;  // ascending over the store's life, never reused
    int64_t effective_ms = 0;
    std::string id;
    std::string account;
    std::string json;
};

struct DeadLetter {
    uint64_t sequence = 0;  // its OUTBOX# row; of the same counter as StoredDecision::sequence
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
    std::vector<std::pair<uint32_t, Refusal>> refused;  // (index in the record, reason)
    uint64_t size = 0;                                  // of the record; `bytes` may be cut
    std::string bytes;
    std::string content_type;
    std::string detail;  // one sentence, may be empty
};

// Whether the record was refused because the process died at it.
inline bool has_crashed(const DeadLetter& letter) {
    return !letter.refused.empty() && letter.refused.front().second == Refusal::kCrashed;
}

// An entry of OUTBOX#<seq>: a decision, or the position of a dead letter.
struct OutboxEntry {
    uint64_t sequence = 0;
    std::optional<StoredDecision> decision;
    std::optional<DeadLetter> dead_letter;  // read from its DEAD# row
};

// An operator's act that leaves a trace, e.g. --accept-gap.
struct AuditRow {
    int64_t wall_ms = 0;
    std::string what;
};

// A FEDCOST row, or an internal WINDOW# row where its period is not configured.
struct PeriodPut {
    std::string_view account;  // borrowed until commit() returns, as are the totals
    Period period;
    const PeriodTotals* totals = nullptr;
    bool is_new = false;  // first put of this row: the index row goes with it
};

// Takes the rows of accounts one by one: a commit may have millions, which are never all in memory.
class AccountRows {
  public:
    virtual ~AccountRows() = default;
    virtual void put(const PeriodPut& row) = 0;
    virtual void put(const RollingRow& row) = 0;
};

// The rows of one atomic commit. Values are copied in; order does not matter, but that a commit's
// removals and purges hold for what was there before it: its own rows stay.
struct Commit {
    struct PeriodMerge {  // an ended period: added to what is there, unread
        std::string account;
        Period period;
        PeriodTotals delta;
    };
    struct PanePut {
        int64_t pane = 0;
        bool replaces = false;  // the whole pane, in the place of every row it has
        std::string entries;    // as encode_pane() packs them
    };
    // Puts the rows of the accounts that changed; called once, before commit() returns.
    std::function<void(AccountRows&)> put_accounts;
    size_t account_count = 0;        // of how many, so that memory for them is taken once
    std::vector<PeriodPut> periods;  // besides these
    std::vector<PeriodMerge> period_merges;
    std::vector<std::pair<std::string, Period>> period_removes;    // an internal WINDOW# that ended
    std::vector<std::pair<std::string, int64_t>> rolling_removes;  // (account, window minutes)
    std::vector<EnforceRow> enforces;
    std::vector<std::pair<std::string, std::string>> enforce_removes;  // (account, limit)
    std::vector<PanePut> panes;
    std::optional<int64_t> panes_below_removed;  // every pane < this
    std::vector<DedupIds> dedup;                 // added
    std::vector<int64_t> dedup_removed;          // expiry panes, before `dedup` is added
    std::vector<std::pair<MeterId, std::string>> new_meters;
    std::optional<uint32_t> next_slot;  // RollingMeterRow::slot numbers below it are taken
    std::vector<std::pair<TopicPartition, OffsetRow>> offsets;
    std::vector<std::pair<TopicPartition, CountsRow>> counts;
    std::optional<WatermarkRow> watermark;
    std::optional<uint64_t> next_account_id;
    std::vector<StoredDecision> decisions;   // each goes to OUTBOX# and to the decision log
    std::vector<DeadLetter> dead_letters;    // each goes to DEAD# and to OUTBOX#
    std::optional<uint64_t> outbox_settled;  // OUTBOX# rows up to here are removed
    std::vector<Period> periods_purged;      // FEDCOST and index rows of these are removed
    std::optional<int64_t> decisions_removed_before_ms;  // the log, by effective_ms
    std::vector<Limit> limits;  // the limits that the state was judged with
    bool has_limits = false;    // write `limits`
    std::vector<AuditRow> audits;
    // Charges to accounts whose rows stay as they are (window/charge_journal.h).
    struct JournalRow {
        uint64_t number = 0;     // ascending while the store is open
        std::string_view bytes;  // borrowed until commit() returns
    };
    std::optional<JournalRow> journal_row;
    std::optional<uint64_t> journal_begin;  // rows of the journal below it are removed
    void clear();
};

// Everything the engine starts from.
struct LoadedState {
    std::vector<RollingRow> rollings;
    std::vector<std::pair<std::string, std::pair<Period, PeriodTotals>>> open_periods;
    std::vector<EnforceRow> enforces;
    std::vector<std::pair<int64_t, std::vector<PaneEntry>>> open_panes;  // panes >= C
    std::vector<DedupIds> dedup;
    std::vector<std::string> meters;  // by MeterId
    uint32_t next_slot = 0;           // first free RollingMeterRow::slot
    std::vector<std::pair<TopicPartition, OffsetRow>> offsets;
    std::vector<std::pair<TopicPartition, CountsRow>> counts;
    WatermarkRow watermark;
    uint64_t next_account_id = 1;
    uint64_t next_sequence = 1;  // of decisions and dead letters in the outbox
    std::vector<Limit> limits;
    std::optional<RunningRow> running;  // there after a crash
    bool is_fresh = true;               // nothing was ever committed
};

struct StoreOptions {
    std::string directory;            // DIR/state lives below
    std::vector<WindowKind> periods;  // which windows have FEDCOST rows
    std::vector<AccountKind> kinds;   // a store made with others is refused (kConfig)
    RetentionSettings retention;
    uint64_t dedup_seed_if_new = 0;  // random, kept in META/FORMAT
    bool create_if_missing = true;
    std::shared_ptr<rocksdb::FileSystem> file_system;  // for tests of faults; null = the real one
};

// The one place where state meets the disk: RocksDB with one atomic WriteBatch per commit.
//
// Thread: the engine's, but read_decisions() and has_account(), which any thread may call. Errors:
// kDisk for every failed read or write, after which the object must be dropped (design: invariant
// 8); kBusy where another process has the directory; kConfig where the format is newer or the kinds
// differ.
class Store {
  public:
    static Result<std::unique_ptr<Store>> open(const StoreOptions& options);
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    Result<LoadedState> load();
    // The part of it that says who is held back, which is small: what can be answered while the
    // rest is being loaded.
    struct Levels {
        std::vector<EnforceRow> enforces;
        WatermarkRow watermark;
    };
    Result<Levels> load_levels();
    uint64_t dedup_seed() const;
    // What opening left out of the write-ahead log because it is torn or damaged, in one phrase;
    // empty where it is whole. The state is that of the commit before it.
    const std::string& left_out() const;

    // Writes every row in one WriteBatch, to the WAL without fsync unless `sync`.
    Result<void> commit(const Commit& commit, bool sync);
    // fsync of the WAL: every commit so far is on disk when it returns.
    Result<void> sync();

    // RUNNING, whose rules are those of tools/crash_guard.h. Survives a crash of the process, not a
    // power cut. remove_running() is on disk when it returns.
    Result<void> put_running(const RunningRow& row);
    Result<void> remove_running();
    // The same after a failure, when nothing else is written any more; it may fail as well.
    void put_running_after_failure(const RunningRow& row);

    // What counters took in within a closed pane, late additions included, by and by; in no order,
    // and of one counter perhaps several entries, which add up.
    using TakeEntries = std::function<void(std::span<const PaneEntry>)>;
    Result<void> read_pane(int64_t pane, const TakeEntries& take);

    // The hashes of a pane of expiry, by and by.
    using TakeHashes = std::function<void(std::span<const uint64_t>)>;
    Result<void> read_dedup(int64_t expiry_pane, const TakeHashes& take);

    // At most `max` rows of the outbox from `sequence` on.
    Result<std::vector<OutboxEntry>> read_outbox(uint64_t sequence, size_t max);

    // At most `max` decisions of the log with a sequence above `after`. Any thread.
    Result<std::vector<StoredDecision>> read_decisions(uint64_t after, size_t max) const;

    // Whether an account was in memory as of the last commit: it has a row of usd over 24 h then.
    // One look-up. Any thread.
    Result<bool> has_account(std::string_view account) const;

    // Bytes of DEAD# rows kept, for a metric.
    uint64_t dead_letter_bytes() const;

  private:
    struct State;
    explicit Store(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::store
