#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "window/account_ids.h"
#include "window/account_pool.h"
#include "window/charge_effect.h"
#include "window/counting_plan.h"
#include "window/open_panes.h"
#include "window/row_schedule.h"

namespace spantoll::window {

// Rolling counters of accounts, pane by pane, and what closings make of them: samples and EMAs.
//
//     charge* ( begin_closing [close_amount* sample]* close_members end_closing expire* )
//
// Invariants:
//  1. counter.live = sum of all panes > C - N; counter.closed = the part of it in panes < C.
//  2. At the closing of m the sample is closed after pane m was added: panes m-N+1 .. m.
//  3. An account whose sample did not change at a closing is not touched: its EMAs are stepped
//     when it is next looked at (bring_emas_to_now), with the sample that held all the while.
//  4. counter.live - counter.closed = its amounts in open panes: those in OpenPane::entries, which
//     add up to counter.spilled, and that of AccountHead::open_pane.
//  5. An account is a member of the pane that is its open_pane, and of none above.
//
// What the pane buffer has of an account is not in these numbers. Thread: one.
class RollingWindows {
  public:
    RollingWindows(AccountPool& accounts, RowSchedule& rows, const CountingPlans& plans)
        : accounts_(accounts), rows_(rows), plans_(plans) {}

    // ---- charges
    // C; kUnset until the watermark is set.
    int64_t first_open_pane() const { return first_open_; }
    bool is_open(int64_t pane) const { return first_open_ == kUnset || pane >= first_open_; }
    // Adds an amount that is not 0, in an open pane or late.
    void charge(AccountIndex index, size_t counter, int64_t pane, Int128 amount) {
        if (pane == accounts_.head(index).open_pane && is_open(pane)) {
            add_open(accounts_[index].counters[counter], pane, amount);
        } else {
            charge_other_pane(index, counter, pane, amount);
        }
    }
    // The account goes on to a higher pane: what it took in before is kept with the lower one.
    void move_open_pane(AccountIndex index, int64_t pane);
    // The same where that is kept elsewhere, until somebody adds it with charge() or
    // close_amount().
    void move_without_entry(AccountIndex index, int64_t pane) {
        accounts_.head(index).open_pane = pane;
        open_panes_[pane].members.push_back(index);
    }

    // ---- closings
    // Sets C; panes charged before stay open and close in order.
    void open_at(int64_t first_open_pane) { first_open_ = first_open_pane; }
    // Lowest open pane with charges; kUnset where there is none.
    int64_t first_charged_open_pane() const {
        return open_panes_.empty() ? kUnset : open_panes_.begin()->first;
    }
    // Closes pane C, whose amounts go to `closed`, for the pane's row. First what lies in entries.
    void begin_closing(std::vector<PaneEntry>& closed);
    // Then amounts that were kept elsewhere: close_amount() each, sample() when all of an account's
    // are there.
    void close_amount(AccountIndex index,
                      size_t counter,
                      Int128 amount,
                      std::vector<PaneEntry>& closed);
    void sample(AccountIndex index);
    // Then the accounts whose open pane it is. `before`: called with each, in order.
    template <class Before>
    void close_members(std::vector<PaneEntry>& closed, Before&& before);
    // C moves on, and the samples of other accounts are taken that a late charge changed, or a pane
    // that expired at the last closing.
    void end_closing();
    // Takes a pane's amounts out of the windows of this length. `before_rise`: called with an
    // account whose live total is about to rise, as a credit leaves it.
    template <class BeforeRise>
    void expire(int64_t window_minutes,
                std::span<const PaneEntry> entries,
                const AccountIds& by_id,
                BeforeRise&& before_rise);
    // Whether the next closing takes samples.
    bool has_changed_samples() const { return !changed_.empty(); }
    // From which C on all of its counters are empty and its EMAs forgotten, if it is charged no
    // more: C itself where they are now. Brings the EMAs to C.
    int64_t empty_from(AccountIndex index);

    // ---- EMAs
    // Whether the EMA or the sample is above the amount of a limit judged by EMA. As long as
    // neither is, nothing can happen: E moves toward the sample and never past it.
    bool is_ema_reached(AccountIndex index) const;
    // Accounts whose sample was taken at the last closing and that an EMA limit may come to judge.
    const std::vector<AccountIndex>& ema_reached() const { return ema_reached_; }
    // Takes the steps that the account's EMAs miss.
    void bring_emas_to_now(AccountIndex index);

    // ---- persistence
    // What the row has of the plan's counters. Returns how many of them it has whole, and of how
    // many of its window the plan has.
    struct Restored {
        size_t counted = 0;
        size_t whole = 0;
    };
    Restored restore(AccountIndex index, const RollingRow& row);
    void restore_entry(AccountIndex index, int64_t pane, const PaneEntry& entry);
    // After everything is restored.
    void finish_restore(int64_t first_open_pane);
    // Late charges to closed panes since the last call.
    std::map<int64_t, std::vector<PaneEntry>> take_late_entries();
    // What the entries of open panes took in since the last call.
    std::map<int64_t, std::vector<PaneEntry>> take_open_entries();

  private:
    // Accounts whose memory is fetched before a walk over many comes to them.
    static constexpr size_t kAhead = 8;
    static constexpr size_t kUsageAhead = 4;
    static constexpr size_t kHeadsAhead = 16;
    // Entries of a pane that expires whose accounts are looked up before their turn.
    static constexpr size_t kExpiredAhead = 16;

    static void add_open(RollingCounter& counter, int64_t pane, Int128 amount) {
        counter.live += amount;
        counter.last_charged_pane = std::max(counter.last_charged_pane, pane);
    }
    void charge_other_pane(AccountIndex index, size_t counter, int64_t pane, Int128 amount);
    void charge_closed(AccountIndex index, size_t counter, int64_t pane, Int128 amount);
    void spill(AccountIndex index, size_t counter, int64_t pane, Int128 amount);
    void mark_changed(AccountIndex index);
    // Whether there is one at this place that did not go on to a higher pane.
    bool is_member(const std::vector<AccountIndex>& members, size_t at) const {
        return at < members.size() && accounts_.head(members[at]).open_pane == first_open_;
    }
    void close_member(AccountIndex index, std::vector<PaneEntry>& closed);
    bool expire_entry(Account& account, int64_t window_minutes, const PaneEntry& entry);
    void take_sample(AccountIndex index, int64_t pane);
    static void bring_emas_to(Account& account, int64_t closed_before);
    void note_new_emas(AccountIndex index, size_t counter, const RollingRow& row);

    AccountPool& accounts_;
    RowSchedule& rows_;
    const CountingPlans& plans_;

    int64_t first_open_ = kUnset;
    OpenPanes open_panes_;
    // since the last closing
    std::vector<AccountIndex> changed_;
    std::vector<AccountIndex> ema_reached_;
    // since the last commit
    std::map<int64_t, std::vector<PaneEntry>> late_entries_;
    // while rows are restored
    struct NewEma {
        AccountIndex account = kNoAccount;
        size_t counter = 0;
        size_t ema = 0;
    };
    std::vector<NewEma> new_emas_;
};

template <class Before>
void RollingWindows::close_members(std::vector<PaneEntry>& closed, Before&& before) {
    const auto open = open_panes_.find(first_open_);
    if (open == open_panes_.end()) {
        return;
    }
    const std::vector<AccountIndex>& members = open->second.members;
    for (size_t i = 0; i < members.size(); ++i) {
        if (i + kHeadsAhead < members.size()) {
            accounts_.prefetch_head(members[i + kHeadsAhead]);
        }
        if (is_member(members, i + kAhead)) {
            accounts_.prefetch_charge(members[i + kAhead]);
            accounts_.prefetch_usage(members[i + kAhead]);
        }
        if (is_member(members, i + kUsageAhead)) {
            accounts_.prefetch_usage_totals(members[i + kUsageAhead]);
        }
        if (is_member(members, i)) {
            before(members[i]);
            close_member(members[i], closed);
        }
    }
}

template <class BeforeRise>
void RollingWindows::expire(int64_t window_minutes,
                            std::span<const PaneEntry> entries,
                            const AccountIds& by_id,
                            BeforeRise&& before_rise) {
    std::array<AccountIndex, kExpiredAhead> accounts{};
    const auto look_up = [&](size_t at) {
        const AccountIndex account = by_id.find(entries[at].account_id);
        if (account != kNoAccount) {
            accounts_.prefetch_closing(account);
        }
        accounts[at % kExpiredAhead] = account;
    };
    for (size_t i = 0; i < std::min(entries.size(), kExpiredAhead); ++i) {
        look_up(i);
    }
    for (size_t i = 0; i < entries.size(); ++i) {
        const AccountIndex index = accounts[i % kExpiredAhead];
        if (i + kExpiredAhead < entries.size()) {
            look_up(i + kExpiredAhead);
        }
        if (index == kNoAccount) {
            continue;  // it left: its panes hold nothing that counts
        }
        if (entries[i].amount < 0) {
            before_rise(index);
        }
        if (expire_entry(accounts_[index], window_minutes, entries[i])) {
            mark_changed(index);
            rows_.mark_dirty(index);
        }
    }
}

}  // namespace spantoll::window
