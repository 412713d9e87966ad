#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/settings.h"
#include "window/account.h"
#include "window/account_ids.h"
#include "window/account_pool.h"
#include "window/calendar.h"
#include "window/charge.h"
#include "window/charge_journal.h"
#include "window/counting_plan.h"
#include "window/first_steps.h"
#include "window/idle_accounts.h"
#include "window/meter_table.h"
#include "window/open_panes.h"

namespace spantoll::window {

struct LedgerOptions {
    const AccountKinds* kinds = nullptr;
    const CountingPlans* plans = nullptr;
    AccountSettings accounts;
    RetentionSettings retention;
    bool has_journal = false;  // commits may leave rows of charged accounts for later
};

// Which accounts have their rows written by a commit.
enum class CommitScope {
    kEverything,  // all that changed
    kDue,         // a commit that cannot wait: those of which the journal does not tell enough
};

// Exact totals of every account in memory: open calendar periods, rolling windows, samples and
// EMAs. The state of a deterministic machine driven by charges and closings:
//
//     charge* ( close_pane(m) expire(N, pane m+1-N)* end_periods() leave() )  charge* ...
//
// Invariants:
//  1. counter.live = sum of all panes > C - N; counter.closed = the part of it in panes < C.
//  2. At the closing of m the sample is closed after pane m was added: panes m-N+1 .. m.
//  3. An account whose sample did not change at a closing is not touched: its EMAs are stepped
//     when it is next looked at (ema_brought_to), with the sample that held all the while.
//  4. Everything that changed since the last commit is in settle(), merges() or the panes.
//  5. counter.live - counter.closed = its amounts in open panes: those in OpenPane::entries, which
//     add up to counter.spilled, and that of Tally::open_pane; but for what is tallied or parked.
//  6. An account that is charged and not dirty had nothing but charges to open panes and periods
//     since its rows were written, and the journal has all of them.
//  7. While a tally takes in charges its account is charged or dirty, holds no level, and has begun
//     the periods of that pane. It ends before anything happens to the account that it would have
//     to know, at the closing of its pane, and with a commit of the account's rows.
//  8. What is parked is of panes that are open, below Tally::open_pane of a tally that takes in
//     charges, in the same periods; for an account and a pane there is an entry or a parked tally,
//     never both. A commit leaves nothing parked: what the journal adds to a row's live belongs to
//     the row's open pane, as far as no entry has it.
//
// Pure: no I/O, no clock. Thread: one. It keeps references to kinds and plans.
class Ledger {
  public:
    Ledger(const LedgerOptions& options, MeterTable& meters);

    // ---- accounts
    // What a new name beyond max_per_kind has to offer for a place.
    struct Claim {
        const Charge* charge = nullptr;        // that the name comes with
        std::span<const AccountIndex> others;  // accounts of the same span: they do not give way
    };
    // The account to charge for a name in key form: itself, a new one, or beyond max_per_kind its
    // kind's ~other. Beyond it a name that spends takes the place of one that has not.
    AccountIndex find_or_create(KindIndex kind, std::string_view account, const Claim& claim);
    // Asked before an account gives way: true where no policy keeps anything of it.
    void set_may_give_way(std::function<bool(AccountIndex)> may_give_way) {
        may_give_way_ = std::move(may_give_way);
    }
    // Whether a new name of the kind would be charged to ~other, whatever it spends.
    bool is_closed(KindIndex kind);
    // kNoAccount where it is not in memory.
    AccountIndex find(std::string_view account) const;
    // Its totals lack what its tally took in, unless it was brought up to date since the last
    // charge or holds levels. What closings alone change is as it is.
    const Account& account(AccountIndex index) const { return accounts_[index]; }
    void bring_up_to_date(AccountIndex index) { end_tally(index); }
    // Whether the account at an index is still the one with this id.
    bool is_current(AccountIndex index, uint64_t id) const {
        return accounts_.tally(index).id == id;
    }
    // Of the account; 0 where the place is free.
    uint64_t id(AccountIndex index) const { return accounts_.tally(index).id; }
    int64_t open_pane(AccountIndex index) const { return accounts_.tally(index).open_pane; }
    // At an address that stays the place's as long as the ledger lives.
    const Tally& tally(AccountIndex index) const { return accounts_.tally(index); }
    const std::string& text(AccountIndex index) const { return accounts_.notes(index).text; }
    const std::vector<AccountRef>& parents(AccountIndex index) const {
        return accounts_.notes(index).parents;
    }
    // What a charge will touch that the tally does not take in comes into the cache meanwhile.
    void prefetch_whole(AccountIndex index) const { accounts_.prefetch_charge(index); }
    // Sets Account::has_levels, which lasts until the account leaves.
    void note_levels(AccountIndex index) {
        end_tally(index);
        accounts_[index].has_levels = true;
    }
    // Whether the account is in memory with a counter of this length.
    bool has_row(std::string_view account, int64_t window_minutes) const;
    size_t account_count() const { return by_text_.size(); }
    size_t account_count(KindIndex kind) const { return count_by_kind_[kind]; }
    uint64_t overflow_count() const { return overflows_; }  // charges to ~other so far
    // The account's ancestors, resolved; also those of a name that has no place of its own.
    void add_parents_of(AccountIndex child,
                        std::string_view account,
                        const Charge& charge,
                        std::vector<AccountIndex>& out);
    // Highest index in use + 1; for tables kept beside the ledger.
    size_t capacity() const { return accounts_.size(); }

    // ---- charges
    // Charges a span to each of its accounts. What depends on the span alone is worked out once.
    // Those of them that limits must look at, until the next charge: every other one stays below
    // the first step of each of its limits.
    std::span<const AccountIndex> charge(std::span<const AccountIndex> accounts,
                                         const Charge& charge);
    // What those limits say, by PlanIndex. Without it limits look at every account.
    void set_first_steps(std::vector<FirstSteps> by_plan) { first_steps_ = std::move(by_plan); }
    const FirstSteps& first_steps(PlanIndex plan) const { return first_steps_[plan]; }

    // ---- what policies read
    const Plan& plan(AccountIndex index) const { return plans_.at(accounts_[index].plan); }
    Int128 live(AccountIndex index, uint32_t counter) const {
        return accounts_[index].counters[counter].live;
    }
    // The period's total of a meter; 0 where nothing was charged in it.
    Int128 period_total(AccountIndex index,
                        uint32_t window,
                        int64_t start_ms,
                        const Meter& meter) const;
    // The EMA as of C, its missing steps taken.
    const EmaRow& ema_brought_to_now(AccountIndex index, uint32_t counter, uint32_t alpha);
    // Period of a calendar window that a time belongs to, from a cache.
    struct PeriodBounds {
        int64_t start_ms = 0;
        int64_t end_ms = 0;
    };
    PeriodBounds bounds_of(uint32_t window, int64_t time_ms);
    bool is_ended(const PeriodBounds& bounds) const {
        return first_open_ != kUnset && bounds.end_ms <= first_open_ * kMinuteMs;
    }

    // ---- closings
    int64_t first_open_pane() const { return first_open_; }  // C; kUnset while W is unset
    // Sets C for the first time; panes charged before stay open and close in order.
    void open_at(int64_t first_open_pane) { first_open_ = first_open_pane; }
    // Lowest open pane with charges; kUnset where there is none.
    int64_t first_charged_open_pane() const;
    // Closes pane C: samples are taken, C moves on. Its amounts for the pane's row go to `closed`.
    void close_pane(std::vector<PaneEntry>& closed);
    // After close_pane: takes a pane's amounts out of the windows of this length.
    void expire(int64_t window_minutes, std::span<const PaneEntry> entries);
    struct EndedPeriod {
        uint32_t window = 0;
        int64_t start_ms = 0;
        std::vector<AccountIndex> accounts;
        size_t given_up = 0;  // so many of them gave way and have it no more
    };
    // After close_pane: the periods that ended with it. Their totals are still readable.
    std::vector<EndedPeriod> ended_periods() const;
    // Then: their totals leave memory, to be committed once more.
    void forget_ended(const std::vector<EndedPeriod>& ended);
    // Accounts that may leave now are offered; those for which `may_leave` (nothing in force) is
    // true do. Last step of a closing.
    void leave(const std::function<bool(AccountIndex)>& may_leave);
    // Looks at leaving again at the next closing, e.g. when its last ENFORCE row went.
    void reconsider(AccountIndex index);
    // No closing before this pane can change anything in the ledger (expiry aside); max when none.
    int64_t next_event_pane() const;
    // Accounts whose sample was taken at the last closing and that an EMA limit may come to judge.
    const std::vector<AccountIndex>& ema_reached() const { return ema_reached_; }
    // Whether the EMA or the sample is above the amount of a limit judged by EMA. As long as
    // neither is, nothing can happen: E moves toward the sample and never past it.
    bool is_ema_reached(AccountIndex index) const;
    bool has_changed_samples() const { return !changed_.empty(); }

    // ---- persistence
    // First: slots of counters that begin now are slot_base + CounterSpec::ordinal.
    void restore_slots(uint32_t slot_base);
    void restore(const RollingRow& row);
    void restore_period(std::string_view account, const Period& period, PeriodTotals totals);
    void restore_open_pane(int64_t pane, std::span<const PaneEntry> entries);
    // After everything is restored.
    void finish_restore(int64_t first_open_pane, uint64_t next_account_id);
    uint64_t next_account_id() const { return next_id_; }
    struct Settlement {
        std::vector<AccountIndex> accounts;  // whose rows are to be written; id 0: it left
        std::string journal_row;             // to be written; empty where there is none
        uint64_t journal_number = 0;         // of that row
        uint64_t journal_begin = 0;          // rows of the journal below it are needed no more
    };
    // What the commit that begins writes. Holds until settled().
    const Settlement& settle(CommitScope scope);
    const Settlement& settlement() const { return settlement_; }
    // That commit is done.
    void settled();
    size_t journal_bytes() const { return journal_.size(); }
    // Whether rows of some accounts are older than their charges that are committed.
    bool has_waiting() const { return !waiting_.empty(); }
    // Late charges to closed panes since the last call.
    std::map<int64_t, std::vector<PaneEntry>> take_late_entries();
    // What the entries of open panes took in since the last call.
    std::map<int64_t, std::vector<PaneEntry>> take_open_entries();
    struct PeriodChange {
        std::string account;
        Period period;
        PeriodTotals totals;  // the whole of an ended period, or what to add to it
        bool is_configured = false;
        bool is_new = false;
    };
    std::vector<PeriodChange> take_ended_totals();
    std::vector<PeriodChange> take_merges();
    struct Departure {
        std::string account;
        std::vector<int64_t> window_minutes;
    };
    std::vector<Departure> take_departures();
    // Rows of accounts that gave way, of periods that were open: what they held is in ~other's.
    std::vector<std::pair<std::string, Period>> take_given_up();
    const CountingPlans& plans() const { return plans_; }
    const AccountKinds& kinds() const { return kinds_; }

  private:
    AccountIndex create(KindIndex kind, std::string_view text, uint64_t id);
    // A span's part in every charge.
    struct MomentPeriod {
        PeriodBounds bounds;
        bool is_ended = false;
    };
    struct ChargeMoment {
        int64_t pane = 0;
        bool is_open = false;  // the pane is not closed
        ChargeAmounts amounts{};
        std::vector<MomentPeriod> periods;  // by window
        // The panes that lie in the same periods, all of them: from first to before end.
        int64_t first_alike = 0;
        int64_t end_alike = 0;
    };
    static TallyCharge tally_charge_of(const Charge& charge, int64_t first_open);
    void set_moment(const Charge& charge);
    bool charge_in_full(AccountIndex index, const Charge& charge);
    bool take_in(AccountIndex index, Tally& tally, const TallyCharge& charge);
    bool begin_tally(AccountIndex index, const TallyCharge& charge, bool is_journaled);
    bool begin_whole_tally(AccountIndex index, const TallyCharge& charge);
    void park_tally(AccountIndex index, int64_t pane);
    void unpark(AccountIndex index);
    void unpark_all();
    ChargeAmounts add_taken(AccountIndex index, const Taken& taken, int64_t pane);
    Int128 taken_amount(const Account& account,
                        uint32_t counter,
                        const ChargeAmounts& amounts) const;
    void end_tally(AccountIndex index);
    bool is_judged_by_cost(const Account& account) const;
    Int128 room_of(const Account& account, int64_t pane);
    Int128 amount_of(const Meter& meter, const Charge& charge) const;
    void charge_periods(AccountIndex index, Account& account, const Charge& charge);
    void charge_counters(AccountIndex index, Account& account, const Charge& charge);
    void charge_closed(AccountIndex index, uint32_t counter, Int128 amount);
    void merge_into_ended(AccountIndex index,
                          uint32_t window,
                          PeriodBounds bounds,
                          const Charge& charge);
    OpenPeriod& open_period(AccountIndex index, uint32_t window, PeriodBounds bounds);
    OpenPeriod& charged_period(AccountIndex index, uint32_t window, PeriodBounds bounds);
    OpenPeriod& begin_period(AccountIndex index, uint32_t window, PeriodBounds bounds);
    void move_open_pane(AccountIndex index, int64_t pane);
    void spill(AccountIndex index, uint32_t counter, int64_t pane, Int128 amount);
    static void add_to_entry(
        OpenPane& open, uint32_t entry, uint32_t at, RollingCounter& counter, Int128 amount);
    void add_late(AccountIndex index, uint32_t counter, int64_t pane, Int128 amount);
    void mark_dirty(AccountIndex index);
    bool mark_charged(AccountIndex index, Account& account);
    bool is_only_charged(AccountIndex index) const;
    void settle_charged(AccountIndex index);
    void settle_waiting(size_t count);
    JournalHead journal_head();
    void mark_changed(AccountIndex index);
    void bring_emas_to(Account& account, int64_t closed_before);
    void close_entries(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed);
    void close_members(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed);
    void close_parked(int64_t pane, const OpenPane& open, std::vector<PaneEntry>& closed);
    static void close_amount(uint64_t account_id,
                             RollingCounter& counter,
                             Int128 amount,
                             std::vector<PaneEntry>& closed);
    void take_sample(AccountIndex index, int64_t pane);
    void expire_entry(AccountIndex index, int64_t window_minutes, const PaneEntry& entry);
    void prefetch_ahead(const std::vector<AccountIndex>& accounts, size_t at) const;
    bool is_leaving(AccountIndex index);
    void schedule_leave_check(AccountIndex index, int64_t pane);
    void remove(AccountIndex index);
    bool spends(const Plan& plan, const Charge& charge) const;
    bool has_spent_nothing(AccountIndex index) const;
    void offer(AccountIndex index);
    AccountIndex newest_idle(KindIndex kind, std::span<const AccountIndex> others);
    bool make_room(KindIndex kind, std::string_view account, const Claim& claim);
    void give_way(AccountIndex index);
    Period period_named(const OpenPeriod& period) const;
    void move_totals(const OpenPeriod& from, AccountIndex to);
    void forget_given_up(EndedPeriod& members) const;
    std::vector<AccountRef> resolve_parents(std::string_view account) const;

    // constant after construction
    const AccountKinds& kinds_;
    const CountingPlans& plans_;
    const AccountSettings settings_;
    const RetentionSettings retention_;
    const bool has_journal_;
    MeterTable& meters_;
    MeterId input_tokens_ = 0;
    MeterId output_tokens_ = 0;
    std::vector<FirstSteps> first_steps_;  // by PlanIndex

    // the accounts
    AccountPool accounts_;
    std::vector<AccountIndex> free_;
    absl::flat_hash_map<std::string_view, AccountIndex> by_text_;  // keys are AccountNotes::text
    AccountIds by_id_;
    std::vector<size_t> count_by_kind_;
    std::vector<IdleAccounts> idle_by_kind_;
    std::function<bool(AccountIndex)> may_give_way_;
    uint64_t next_id_ = 1;
    uint64_t overflows_ = 0;
    uint32_t slot_base_ = 0;
    std::vector<uint32_t> restored_counters_;  // by account, while rows are restored

    // time
    int64_t first_open_ = kUnset;
    OpenPanes open_panes_;
    std::vector<ParkedTally> parked_;
    std::vector<ParkedIndex> free_parked_;
    std::vector<ParkedIndex> newly_parked_;   // since the last commit; some have closed or gone on
    ChargeMoment moment_;                     // of the last charge that was not tallied
    std::vector<AccountIndex> to_judge_;      // of the last charge
    std::vector<PeriodBounds> bounds_cache_;  // by window
    std::map<std::pair<int64_t, uint32_t>, EndedPeriod> open_by_end_;         // (end, window)
    std::multimap<int64_t, std::pair<AccountIndex, uint64_t>> leave_checks_;  // by C

    // since the last closing
    std::vector<AccountIndex> changed_;
    std::vector<AccountIndex> ema_reached_;
    // since the last commit
    std::vector<AccountIndex> dirty_;     // their rows are due
    std::vector<AccountIndex> charged_;   // to be introduced to the journal
    std::vector<AccountIndex> departed_;  // left while the journal had charges of them
    ChargeJournal journal_;
    Settlement settlement_;
    std::map<int64_t, std::vector<PaneEntry>> late_entries_;
    std::vector<PeriodChange> ended_totals_;
    absl::flat_hash_map<std::string, PeriodChange> merges_;
    std::vector<Departure> departures_;
    std::vector<std::pair<std::string, Period>> given_up_;

    // since their rows were last written: charged accounts that the journal knows, in the order in
    // which it came to know them; some have been settled meanwhile
    struct Waiting {
        AccountIndex account = kNoAccount;
        uint64_t introduced_by = 0;  // number of a row
    };
    std::deque<Waiting> waiting_;
    uint64_t journal_rows_ = 0;  // written so far
};

}  // namespace spantoll::window
