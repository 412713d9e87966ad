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

#include "window/ledger_view.h"
#include "window/pane_buffer.h"

namespace spantoll::window {

class LedgerBuffer;  // PaneBuffer, or NoPaneBuffer by a build option; ledger.cc alone knows

// Exact totals of every account in memory: open calendar periods, rolling windows, samples and
// EMAs. The state of a deterministic machine driven by charges and closings:
//
//     charge* ( close_pane(m) expire(N, pane m+1-N)* ended_periods forget_ended leave )  charge*
//     ...
//
// It is only where its parts meet; each has its own header with its invariants:
//
//     AccountRegistry   which accounts there are, and who gives way beyond the cap
//     CalendarPeriods   totals of open calendar periods, and what becomes of ended ones
//     RollingWindows    rolling counters, open panes, closings, EMAs
//     PaneBuffer        charges that mean nothing yet, summed up
//     RowSchedule       which rows a commit writes, and the journal of charges
//
// Pure: no I/O, no clock. Thread: one. It keeps references to kinds, plans and meters.
class Ledger : public LedgerView {
  public:
    Ledger(const LedgerOptions& options, MeterTable& meters);
    ~Ledger();
    // Whether charges are buffered in this build.
    static bool buffers();

    // ---- accounts
    // The account to charge for a name in key form, see AccountRegistry.
    using Claim = AccountRegistry::Claim;
    AccountIndex find_or_create(KindIndex kind, std::string_view account, const Claim& claim) {
        return registry_.find_or_create(kind, account, claim);
    }
    void add_parents_of(AccountIndex child,
                        std::string_view account,
                        const Charge& charge,
                        std::vector<AccountIndex>& out) {
        registry_.add_parents_of(child, account, charge, out);
    }
    void set_parents(const std::string& account, std::vector<std::string> parents) {
        registry_.set_parents(account, std::move(parents));
    }
    void resolve_all_parents() { registry_.resolve_all_parents(); }
    // Whether a new name of the kind would be charged to ~other, whatever it spends.
    bool is_closed(KindIndex kind) { return registry_.is_closed(kind); }
    // Asked before an account gives way: true where no policy keeps anything of it.
    void set_may_give_way(std::function<bool(AccountIndex)> may_give_way);
    // From here on, and until its next charge, the account's totals have every charge.
    void bring_up_to_date(AccountIndex index);
    // What the account's numbers lack, without bringing them up to date; after begin_commit() and
    // before the next charge. False where they lack nothing.
    bool peek_buffered(AccountIndex index, ChargeSum& out) const;
    // Sets Account::has_levels, which lasts until the account leaves.
    void note_levels(AccountIndex index);
    // The plan of its effective amounts, where these have changed.
    void follow_plan(AccountIndex index);
    // Looks at leaving again at the next closing, e.g. when its last ENFORCE row went.
    void reconsider(AccountIndex index);

    // ---- charges
    // Charges a span to each of its accounts. What depends on the span alone is worked out once.
    // Returns the accounts that limits must look at, valid until the next charge: every other one
    // stays below the first step of each of its limits.
    std::span<const AccountIndex> charge(std::span<const AccountIndex> accounts,
                                         const Charge& charge);
    // Without it limits look at every account.
    void set_first_steps(FirstStepsByPlan::Make make) { first_steps_.set(std::move(make)); }
    // Fetches into the cache what a charge that comes soon will touch if the buffer does not take
    // it.
    void prefetch_whole(AccountIndex index) const { accounts_.prefetch_charge(index); }
    void prefetch_usage(AccountIndex index) const { accounts_.prefetch_usage(index); }
    // Period of an account's calendar window that a time belongs to, from a cache.
    PeriodBounds bounds_of(AccountIndex index, uint32_t window, int64_t time_ms) {
        return calendar_.bounds_of(index, window, time_ms);
    }
    // The EMA as of C, its missing steps taken.
    const EmaRow& ema_brought_to_now(AccountIndex index, uint32_t counter, uint32_t alpha) {
        rolling_.bring_emas_to_now(index);
        return accounts_[index].counters[counter].emas[alpha];
    }

    // ---- closings
    // Sets C, where no closing before it can change anything; panes charged before stay open and
    // close in order.
    void open_at(Pane first_open_pane) { rolling_.open_at(first_open_pane.index); }
    // Closes pane C: samples are taken, C moves on. Its amounts for the pane's row go to `closed`.
    void close_pane(std::vector<PaneEntry>& closed);
    // After close_pane: takes a pane's amounts out of the windows of this length.
    void expire(int64_t window_minutes, std::span<const PaneEntry> entries);
    // After close_pane: the periods that ended with it. Their totals are still readable.
    std::vector<EndedPeriod> ended_periods() const {
        return calendar_.ended(first_open_pane().index);
    }
    // Then: their totals leave memory, to be committed once more.
    void forget_ended(const std::vector<EndedPeriod>& ended);
    // Accounts that may leave now are offered; those for which `may_leave` (nothing in force) is
    // true do. Last step of a closing.
    void leave(const std::function<bool(AccountIndex)>& may_leave);

    // ---- persistence
    // First: slots of counters that begin now are slot_base + CounterSpec::ordinal.
    void begin_restore(uint32_t slot_base, AccountId next_account_id) {
        registry_.set_slot_base(slot_base);
        registry_.set_next_id(next_account_id);
    }
    // Short-lived accounts, before their rows.
    void restore_account(std::string_view account, AccountId id);
    void restore(const RollingRow& row);
    // After all accounts. One that left while its kind was short-lived, which it is no longer, is
    // back with the period.
    void restore_period(std::string_view account, const Period& period, PeriodTotals totals);
    void restore_anchor(std::string_view account, uint32_t window, int64_t anchor_ms);
    void restore_open_pane(Pane pane, std::span<const PaneEntry> entries);
    // After everything is restored.
    void finish_restore(Pane first_open_pane);
    // Which rows of accounts the commit that begins must write. From here on nothing of these
    // accounts is buffered, and nothing of any account is deferred. Valid until end_commit();
    // before that the caller takes what the parts below have collected since the last commit.
    const RowSchedule::CommitRows& begin_commit(CommitScope scope);
    void end_commit() { rows_.end_commit(); }
    RowSchedule& changed_rows() { return rows_; }
    RollingWindows& changed_panes() { return rolling_; }
    CalendarPeriods& changed_periods() { return calendar_; }
    AccountAnchors& changed_anchors() { return anchors_; }

  private:
    bool charge_directly(AccountIndex index, const ChargeSum& sum);
    bool is_empty_now(AccountIndex index);
    bool has_spent_nothing(AccountIndex index);
    void remove(AccountIndex index);

    const BufferParts parts_;
    const std::unique_ptr<LedgerBuffer> buffer_;
    ChargeSum sum_;                            // kept for its memory
    std::vector<AccountIndex> to_judge_;       // of the last charge
    std::vector<uint32_t> restored_counters_;  // by account, while rows are restored
};

}  // namespace spantoll::window
