#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "enforce/policy.h"
#include "ingest/amend.h"
#include "ingest/decode/decoder.h"
#include "ingest/posted_as.h"
#include "ingest/price_book.h"
#include "ingest/record.h"
#include "ingest/validate.h"
#include "schemas/control/command.h"
#include "schemas/control/key_table.h"
#include "schemas/error.h"
#include "schemas/settings.h"
#include "store/store.h"
#include "tools/engine/account_resolver.h"
#include "tools/engine/changed_account_rows.h"
#include "tools/engine/grants.h"
#include "window/dedup/dedup.h"
#include "window/ledger.h"
#include "window/watermark.h"

namespace spantoll::tools {

// Whether each partition of a source advances the watermark on its own, or all of them together as
// if they were one, like the files of a replay.
enum class PartitionClocks { kEach, kOne };

struct EngineOptions {
    Settings settings;
    std::vector<TopicPartition> partitions;
    PartitionClocks clocks = PartitionClocks::kEach;
    uint64_t dedup_seed = 0;
    std::string zone_release;  // of the time zone database; kept in the store
    // Reads what the store has of a closed pane; called at closings.
    std::function<Result<void>(Pane pane, const store::Store::TakeEntries&)> read_pane;
    // Reads the identities that the store has of a pane of expiry; called when it is forgotten.
    std::function<Result<void>(Pane pane, const store::Store::TakeHashes&)> read_dedup;
    // The wall clock of the command that brought these settings: when levels are judged anew while
    // C is unset.
    std::optional<int64_t> command_at_ms;
    // Commits of scope kDue may leave rows for later. Costs memory and a little of every charge.
    bool journals = false;
};

// Fold and decide: a deterministic machine from (state, ordered spans) to totals and decisions.
// Accepting a span first advances the watermark and closes panes, then charges, then judges.
//
// Invariants:
//  1. No clock, no thread, no I/O but reading what expires.
//  2. Everything that changed since the last collect() is in the next one.
//  3. After a failure() nothing may be collected: memory must be dropped.
class Engine {
  public:
    // Kinds, plans and tables must match what the store was made with.
    Engine(EngineOptions options, const store::LoadedState& state);
    ~Engine() = default;
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Decodes, validates, charges and judges one record, or drops it where it is below the stored
    // offset. `now_ms`: the wall clock, for records without append time.
    void apply(const ingest::Record& record, int64_t now_ms);
    // Instead of apply(): refuses the record as a whole, undecoded. `detail`: one sentence for the
    // dead letter.
    void refuse(const ingest::Record& record, Refusal refusal, std::string detail);
    // Before the apply() of each of these, in order: decodes as many of the first as are good to
    // look at together, so that apply() can fetch into the cache what a span will touch some spans
    // before its turn. Changes no state. Returns how many it took, at least one where there is any.
    size_t look_ahead(std::span<const ingest::Record> records);
    // What the wiring knows of a partition.
    void set_vote(PartitionIndex partition, window::WatermarkVote vote);
    // Every partition is read to its end and idle: event time follows the wall clock, if live.
    void advance_in_silence(int64_t watermark_ms);
    // replay --close: W becomes the largest accepted time.
    void close_to_end();

    // ---- commands (docs/commands.md)
    // The offsets before which a command that comes now is applied.
    std::vector<std::pair<TopicPartition, int64_t>> offsets_before() const;
    // The time of a command that comes now: C, or while that is unset the minute of `at_ms`. What
    // follows from it is effective then.
    int64_t command_time_ms(int64_t at_ms) const;
    // The grant acts from the next record on. Who is above the amount now, or no more, is judged
    // anew. Its limit is there.
    void add_grant(const Grant& grant, int64_t effective_ms);
    // The grant that acted; empty where none of that number does, which changes nothing.
    std::optional<Grant> end_grant(uint64_t number, int64_t effective_ms);
    const Grants& grants() const { return grants_; }
    // What a limit over a calendar window counted in open windows is 0 from the next record on, of
    // an account or of kEveryAccount; judged anew. Returns how many accounts had counted anything.
    // The limit is there.
    size_t reset(std::string_view limit, std::string_view account, int64_t effective_ms);
    // The key stands for the configuration's of that name, and its ids and parents hold, from the
    // next record on. It conflicts with none.
    void put_key(const VirtualKey& key);
    const KeyTable& keys() const { return keys_; }
    // The window of a limit as it is counted for an account: where each has a lattice of its own,
    // with its anchor. Empty where that has not begun.
    std::optional<WindowSpec> window_for(const Limit& limit, std::string_view account);
    // A command that has been applied, and how far the log of commands has come: both go with the
    // next commit.
    void keep_command(Command command, const CommandPosition& position);
    // Rows of commands that go with the next commit.
    void forget_commands(std::vector<Command> commands) { forgotten_ = std::move(commands); }
    // Goes on with the counters for metrics of the engine that was there before.
    void continue_counters_of(const Engine& before);
    // What was decided since the last commit.
    const Settings& settings() const { return options_.settings; }
    const std::vector<Decision>& decisions_to_commit() const { return decisions_; }

    // Moves everything that is to be committed into `commit`, but for the rows of accounts:
    // account_rows() gives these until the next call of anything else here.
    void collect(store::Commit& commit,
                 window::CommitScope scope = window::CommitScope::kEverything);
    const store::AccountRowSource& account_rows() const { return account_rows_; }
    // Accounts whose numbers changed since the collect() before the last one, any number of times
    // each, and those that have left; and names of accounts that left. Until the next collect().
    std::vector<window::AccountIndex> changed_accounts() const;
    const std::vector<std::string>& departed_accounts() const { return departed_; }
    // After the commit of what was collected succeeded.
    void committed();
    bool has_changes() const { return has_changes_; }
    // Bytes of charges for the next commit's row of the journal.
    size_t journal_bytes() const { return ledger_.rows().journal_bytes(); }
    // Whether the store's journal has something that its rows do not.
    bool has_unwritten_rows() const { return ledger_.rows().has_waiting(); }
    // About what decisions and dead letters of the next commit take; 0 where there are none.
    size_t outbox_bytes() const {
        return decisions_.size() * sizeof(Decision) + dead_letter_bytes_;
    }

    const std::optional<Error>& failure() const { return failure_; }
    int64_t next_offset(PartitionIndex partition) const { return offsets_[partition].next_offset; }
    const OffsetRow& offset_row(PartitionIndex partition) const { return offsets_[partition]; }
    const CountsRow& counts(PartitionIndex partition) const { return counts_[partition]; }
    void set_fingerprint(PartitionIndex partition, int64_t offset, Fingerprint fingerprint);
    const window::Watermark& watermark() const { return watermark_; }
    Pane first_open_pane() const { return ledger_.first_open_pane(); }
    window::Ledger& ledger() { return ledger_; }
    const enforce::Policy& policy() const { return policy_; }
    // There is no record between the last one and this offset: goes on from there.
    void advance_position(PartitionIndex partition, int64_t next_offset);
    // Where the log was cut or made again and a person accepted the gap.
    void move_position(PartitionIndex partition, int64_t next_offset);
    const window::MeterTable& meters() const { return meters_; }
    const window::Dedup& dedup() const { return dedup_; }
    const std::vector<TopicPartition>& partitions() const { return options_.partitions; }
    const AccountKinds& kinds() const { return kinds_; }
    // The input was read to its end. A check says `cold` until that was so once since the store was
    // made.
    void note_read_to_end();
    bool is_cold() const { return is_cold_; }
    // By kind: whether a new name would be charged to ~other, whatever it spends.
    std::vector<bool> closed_kinds();
    PartitionClocks clocks() const { return options_.clocks; }
    uint64_t spans_since_commit() const { return spans_since_commit_; }
    uint64_t invalid_names() const { return resolver_.invalid_names(); }
    uint64_t unpriced_spans() const { return unpriced_spans_; }
    // With neither a cost nor usage, and free by every price.
    uint64_t costless_spans() const { return costless_spans_; }
    uint64_t decision_count() const { return decision_count_; }
    uint64_t next_sequence() const { return next_sequence_; }

  private:
    struct Context {
        const ingest::Record* record = nullptr;
        const ingest::DecodedRecord* decoded = nullptr;
        int64_t now_ms = 0;
        uint32_t index = 0;  // of the span in the record
        size_t place = 0;    // of the span among those looked at ahead
    };
    // A record that was decoded before its turn.
    struct AheadRecord {
        PartitionIndex partition = 0;
        int64_t offset = -1;
        const char* bytes = nullptr;
        ingest::DecodedRecord decoded;
        size_t first_place = 0;  // of its spans among those of all that were looked at together
    };
    // Takes the record's turn: its position is behind it from here on. False where that was so
    // before.
    bool take_turn(const ingest::Record& record);
    AheadRecord& take_ahead(const ingest::Record& record);
    void fetch_ahead_of(size_t place);
    void announce_next();
    // The ladder of one span; a refusal where it is refused.
    std::optional<Refusal> apply_span(const Context& context, const Span& span);
    void accept(const Context& context, const Span& span, const ingest::PricedSpan& priced);
    void charge_and_judge(const Context& context,
                          const Span& span,
                          const ingest::PricedSpan& priced);
    uint64_t identity_hash(const Span& span) const;
    std::optional<uint32_t> limit_named(std::string_view name) const;
    window::Charge to_charge(const Context& context,
                             const Span& span,
                             const ingest::PricedSpan& priced);
    void keep_dead_letter(const ingest::Record& record,
                          std::vector<std::pair<uint32_t, Refusal>> refused,
                          std::string detail);

    // engine_commit.cc
    void restore(const store::LoadedState& state);
    void restore_partitions(const store::LoadedState& state);
    void restore_policy(const store::LoadedState& state, int64_t effective_ms);
    std::vector<bool> kinds_with_other_windows(const store::LoadedState& state) const;

    // engine_grants.cc
    void restore_grants(const store::LoadedState& state);
    void follow_grants(const std::vector<Grant>& changed, int64_t effective_ms);
    void end_grants_at(int64_t closing_ms);

    // engine_keys.cc
    void name_owners();

    // engine_closing.cc
    void follow_watermark();
    void close_one_pane();
    void expire_pane(int64_t window_minutes, Pane pane);
    void forget_oldest_ids();
    Pane next_event_pane() const;
    bool is_past_retention(const Period& period) const;
    void note_purges(int64_t before_ms, int64_t after_ms);

    // engine_commit.cc
    void collect_accounts(store::Commit& commit);
    void collect_account_rows(store::Commit& commit);
    void collect_plans(store::Commit& commit);
    void collect_anchors(store::Commit& commit);
    void collect_panes(store::Commit& commit);
    void keep_late_entries();
    void collect_periods(store::Commit& commit);
    void collect_decisions(store::Commit& commit);
    void collect_positions(store::Commit& commit);

    // constant after construction
    const EngineOptions options_;
    const AccountKinds kinds_;
    const std::vector<uint32_t> series_;  // by limit
    window::CountingPlans plans_;
    const ingest::PostedAs posted_as_;
    const ingest::AmendRules amend_rules_;
    const ingest::ValidationRules rules_;
    int64_t longest_window_ = 0;

    // the state, engine thread only
    KeyTable keys_;
    window::MeterTable meters_;
    window::Ledger ledger_;
    ChangedAccountRows account_rows_{ledger_, plans_};
    enforce::Policy policy_;
    Grants grants_;
    window::Watermark watermark_;
    window::Dedup dedup_;
    AccountResolver resolver_;
    ingest::PriceBook prices_;
    ingest::Decoder decoder_;
    std::vector<AheadRecord> ahead_;  // kept for their memory
    // How far the look-ahead has come, in ahead_ and in the places of its spans.
    struct AheadCursor {
        size_t next = 0;              // the first record that was not applied
        size_t end = 0;               // records looked at
        size_t places = 0;            // of their spans
        size_t announced = 0;         // so many of them were announced, from the first
        size_t announced_record = 0;  // the next one is of this record, and this span of it
        size_t announced_span = 0;
        size_t fetched = 0;   // of the announced, so many were fetched or left out
        size_t prepared = 0;  // of the fetched, so many were prepared or left out
    };
    AheadCursor at_;
    // By place, 0 = has none: which lines to fetch. What decides duplicates is worked out at the
    // span's turn.
    std::array<uint64_t, AccountResolver::kPlaces> identities_ahead_{};
    std::vector<window::MeterQuantity> quantities_;
    std::vector<OffsetRow> offsets_;  // by PartitionIndex
    std::vector<CountsRow> counts_;
    uint64_t next_sequence_ = 1;
    uint32_t next_slot_ = 0;
    std::vector<store::ShortLivedKind> short_lived_before_;  // as the store had them
    size_t meters_committed_ = 0;
    std::optional<Error> failure_;

    // Closed panes whose rows are not committed yet, and which panes may have rows at all.
    struct PendingPane {
        std::string closed;           // by store::encode_pane(), whole: replaces what the store has
        std::vector<PaneEntry> late;  // what came after it, or, where it is empty, after its commit
    };
    std::map<Pane, PendingPane> pending_panes_;
    std::vector<PaneEntry> entries_;  // kept for its memory
    std::set<Pane> stored_panes_;
    Pane panes_unknown_below_ = kUnsetPane;  // from before the start: any may have rows

    bool is_cold_ = true;                // never read to the end
    std::vector<std::string> departed_;  // with the last commit

    // since the last commit
    bool has_changes_ = false;
    bool has_warmed_ = false;
    bool plans_changed_ = false;  // limits, or which kinds are short-lived
    bool zone_release_changed_ = false;
    uint64_t spans_since_commit_ = 0;
    std::vector<Decision> decisions_;
    size_t owners_named_ = 0;  // of them
    std::map<std::string, VirtualKey> changed_keys_;
    std::vector<Command> commands_;
    std::vector<Command> forgotten_;
    std::optional<CommandPosition> command_position_;
    std::vector<DeadLetter> dead_letters_;
    size_t dead_letter_bytes_ = 0;
    std::vector<Period> purges_;
    std::vector<store::AnchorRow> uncounted_anchors_;  // that no limit asks for any more
    std::vector<bool> partition_is_dirty_;

    // counters for metrics
    uint64_t unpriced_spans_ = 0;
    uint64_t costless_spans_ = 0;
    uint64_t decision_count_ = 0;
};

}  // namespace spantoll::tools
