#include <algorithm>
#include <utility>

#include "window/ledger.h"

namespace spantoll::window {
namespace {

// The journal is kept to about this size: by the time so many bytes of charges were written, the
// rows of every account that waits have been written once.
constexpr size_t kCycleBytes = 8U << 20;
// Rows of as many waiting accounts go with each commit at least, so that few are not waited for.
constexpr size_t kSettledMin = 16;

}  // namespace

void Ledger::mark_dirty(AccountIndex index) {
    if (!accounts_[index].is_dirty) {
        accounts_[index].is_dirty = true;
        accounts_.tally(index).is_journaled = false;  // its rows will have everything
        dirty_.push_back(index);
    }
}

const Ledger::Settlement& Ledger::settle(CommitScope scope) {
    settlement_.accounts.clear();
    std::swap(settlement_.accounts, dirty_);
    settlement_.journal_row.clear();
    if (scope == CommitScope::kEverything) {
        settle_waiting(waiting_.size());
        for (const AccountIndex index : charged_) {
            settle_charged(index);
        }
    } else {
        settle_waiting(kSettledMin + waiting_.size() * journal_.size() / kCycleBytes);
    }
    // Whoever was settled in another way waits no more.
    while (!waiting_.empty() && !is_only_charged(waiting_.front().account)) {
        waiting_.pop_front();
    }
    const JournalHead head = journal_head();
    charged_.clear();
    departed_.clear();
    if (waiting_.empty()) {
        journal_.clear();
    } else {
        settlement_.journal_row = journal_.take_row(head);
    }
    // In the order of memory, which many accounts are faster to walk in.
    std::sort(settlement_.accounts.begin(), settlement_.accounts.end());
    for (const AccountIndex index : settlement_.accounts) {
        end_tally(index);
    }
    settlement_.journal_number = journal_rows_;
    settlement_.journal_begin =
        waiting_.empty() ? journal_rows_ + 1 : waiting_.front().introduced_by;
    return settlement_;
}

bool Ledger::is_only_charged(AccountIndex index) const {
    return accounts_[index].is_charged && !accounts_[index].is_dirty;
}

void Ledger::settle_charged(AccountIndex index) {
    if (is_only_charged(index)) {
        accounts_[index].is_dirty = true;
        settlement_.accounts.push_back(index);
    }
}

void Ledger::settle_waiting(size_t count) {
    for (; count > 0 && !waiting_.empty(); --count) {
        settle_charged(waiting_.front().account);
        waiting_.pop_front();
    }
}

// Introduces whoever was charged for the first time since its rows were written.
JournalHead Ledger::journal_head() {
    ++journal_rows_;
    JournalHead head;
    for (const CalendarWindow& calendar : plans_.windows()) {
        head.windows.push_back(calendar.window);
    }
    head.settled = departed_;
    for (const AccountIndex index : settlement_.accounts) {
        if (accounts_[index].is_introduced) {
            head.settled.push_back(index);
        }
    }
    for (const AccountIndex index : charged_) {
        Account& account = accounts_[index];
        if (!is_only_charged(index) || account.is_introduced) {
            continue;
        }
        account.is_introduced = true;
        waiting_.push_back({index, journal_rows_});
        IntroducedAccount& introduced = head.introduced.emplace_back();
        introduced.number = index;
        introduced.text = text(index);
        introduced.periods = plan(index).windows;
        for (const CounterSpec& counter : plan(index).counters) {
            auto& minutes = introduced.rolling_minutes;
            if (std::find(minutes.begin(), minutes.end(), counter.window_minutes) ==
                minutes.end()) {
                minutes.push_back(counter.window_minutes);
            }
        }
    }
    return head;
}

void Ledger::settled() {
    for (const AccountIndex index : settlement_.accounts) {
        Account& account = accounts_[index];
        account.is_dirty = false;
        account.is_charged = false;
        account.is_introduced = false;
        account.is_written = id(index) != 0;
        account.is_restored_row = id(index) != 0;
        for (OpenPeriod& period : account.periods) {
            period.is_dirty = false;
            period.is_new = false;
        }
    }
    settlement_.accounts.clear();
}

}  // namespace spantoll::window
