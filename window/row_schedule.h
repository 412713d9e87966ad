#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "window/account_anchors.h"
#include "window/account_pool.h"
#include "window/charge_journal.h"
#include "window/counting_plan.h"

namespace spantoll::window {

// Which accounts have their rows written by a commit.
enum class CommitScope {
    kEverything,  // all that changed
    kDue,         // a commit that cannot wait: those whose charges the journal does not have
};

// Which rows a commit writes: those of accounts that are *dirty*. An account that was only
// *charged*, in open panes and open periods that have a row, may wait: a row of the journal has its
// charges, and its own rows follow when their turn comes.
//
//     charge, closing ...  ->  mark_charged, mark_dirty
//     begin_commit(scope)  ->  what is to be written       } one commit
//     end_commit()                                         }
//
// Invariants:
//  1. Every account whose numbers changed since its rows were written is dirty or charged.
//  2. An account that is charged and not dirty: since its rows were written it had only on-time
//     charges to periods that have rows, and the journal has all of them.
//  3. Between begin_commit() and end_commit() nothing is marked.
//  4. An account whose plan merges periods is never only charged: the journal adds to rows that are
//     there, and knows nothing of merges.
//
// The fields of RowState belong to this class, apart from what a restart sets; and
// AccountRegistry carries is_dirty over where an account leaves. Thread: one.
class RowSchedule {
  public:
    RowSchedule(AccountPool& accounts,
                const AccountAnchors& anchors,
                const CountingPlans& plans,
                bool journals)
        : accounts_(accounts), anchors_(anchors), plans_(plans), journals_(journals) {}

    // The account's rows are due.
    void mark_dirty(AccountIndex index) {
        if (!accounts_[index].rows.is_dirty) {
            become_dirty(index);
        }
    }
    // The account was charged in an open pane, and each period that was charged has a row or was
    // marked dirty. Returns whether the journal must have the charge.
    bool mark_charged(AccountIndex index) {
        return !accounts_[index].rows.is_dirty && become_charged(index);
    }
    bool is_journal_full() const { return journal_.is_full(); }
    // A charge to these accounts, of which at least one is journalled.
    void record(const Charge& charge, std::span<const AccountIndex> accounts) {
        journal_.record(charge, accounts);
        journaled_.insert(journaled_.end(), accounts.begin(), accounts.end());
    }

    struct Departure {
        std::string account;
        std::vector<int64_t> window_minutes;  // of its ROLLING rows, which are to be removed
        bool has_account_row = false;         // and an ACCOUNT# row, which is as well
    };
    // Before the account leaves memory.
    void note_leaving(AccountIndex index);
    // Rows of an account that is in memory, or was, and that nobody counts any more.
    void note_departure(Departure departure) { departures_.push_back(std::move(departure)); }
    std::vector<Departure> take_departures();

    struct CommitRows {
        std::vector<AccountIndex> accounts;   // whose rows are to be written; no id: it left
        std::vector<AccountIndex> journaled;  // charged since the last commit, any number of times
        std::string journal_row;              // to be written; empty where there is none
        uint64_t journal_number = 0;          // of that row
        uint64_t journal_begin = 0;           // rows of the journal below it are no longer needed
    };
    // What the commit that begins writes. Valid until the next one begins.
    const CommitRows& begin_commit(CommitScope scope);
    const CommitRows& commit_rows() const { return commit_rows_; }
    // That commit is done.
    void end_commit();

    size_t journal_bytes() const { return journal_.size(); }
    // Whether some accounts have committed charges that are not in their rows yet.
    bool has_waiting() const { return !waiting_.empty(); }

  private:
    bool is_only_charged(AccountIndex index) const {
        return accounts_[index].rows.is_charged && !accounts_[index].rows.is_dirty;
    }
    void become_dirty(AccountIndex index);
    bool become_charged(AccountIndex index);
    void include(AccountIndex index);
    void include_waiting(size_t count);
    JournalHead journal_head();
    IntroducedAccount introduction_of(AccountIndex index, JournalHead& head) const;

    AccountPool& accounts_;
    const AccountAnchors& anchors_;
    const CountingPlans& plans_;
    const bool journals_;

    // since the last commit
    std::vector<AccountIndex> dirty_;
    std::vector<AccountIndex> charged_;   // to be introduced to the journal
    std::vector<AccountIndex> departed_;  // left while the journal had charges of them
    std::vector<Departure> departures_;
    ChargeJournal journal_;
    // Accounts of the journal's charges. Each takes a byte there at least: 32 MiB at the most.
    std::vector<AccountIndex> journaled_;
    CommitRows commit_rows_;

    // since their rows were last written: charged accounts that the journal knows, in the order in
    // which it came to know them; rows of some were written meanwhile
    struct Waiting {
        AccountIndex account = kNoAccount;
        uint64_t introduced_by = 0;  // number of a row
    };
    std::deque<Waiting> waiting_;
    uint64_t journal_rows_ = 0;  // written so far
};

}  // namespace spantoll::window
