#include "window/row_schedule.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace spantoll::window {
namespace {

// About the size of the journal: by the time this many bytes of charges were written, the rows of
// every waiting account have been written once.
constexpr size_t kCycleBytes = 8U << 20;
// At least this many waiting accounts get their rows with each commit, so that a few do not take
// many commits.
constexpr size_t kIncludedMin = 16;

}  // namespace

void RowSchedule::become_dirty(AccountIndex index) {
    accounts_[index].rows.is_dirty = true;
    accounts_.head(index).is_journaled = false;  // its rows will have everything
    dirty_.push_back(index);
}

bool RowSchedule::become_charged(AccountIndex index) {
    RowState& rows = accounts_[index].rows;
    if (!journals_ || !rows.is_written || journal_.is_full()) {
        become_dirty(index);
        return false;
    }
    if (!rows.is_charged) {
        rows.is_charged = true;
        charged_.push_back(index);
    }
    return true;
}

void RowSchedule::note_leaving(AccountIndex index) {
    const Account& account = accounts_[index];
    const Plan& plan = plans_.at(account.plan);
    if (account.rows.is_stored || plan.is_short_lived) {
        Departure departure{accounts_.text(index), {}, plan.is_short_lived};
        for (const CounterSpec& counter : plan.counters) {
            departure.window_minutes.push_back(counter.window_minutes);
        }
        departures_.push_back(std::move(departure));
    }
    if (account.rows.is_introduced) {
        departed_.push_back(index);
    }
}

std::vector<RowSchedule::Departure> RowSchedule::take_departures() {
    return std::exchange(departures_, {});
}

const RowSchedule::CommitRows& RowSchedule::begin_commit(CommitScope scope) {
    commit_rows_.accounts.clear();
    std::swap(commit_rows_.accounts, dirty_);
    commit_rows_.journaled.clear();
    std::swap(commit_rows_.journaled, journaled_);
    commit_rows_.journal_row.clear();
    if (scope == CommitScope::kEverything) {
        include_waiting(waiting_.size());
        for (const AccountIndex index : charged_) {
            include(index);
        }
    } else {
        include_waiting(kIncludedMin + waiting_.size() * journal_.size() / kCycleBytes);
    }
    // An account that is written for another reason no longer waits.
    while (!waiting_.empty() && !is_only_charged(waiting_.front().account)) {
        waiting_.pop_front();
    }
    const JournalHead head = journal_head();
    charged_.clear();
    departed_.clear();
    if (waiting_.empty()) {
        journal_.clear();
    } else {
        commit_rows_.journal_row = journal_.take_row(head);
    }
    // In the order of memory, because walking over many accounts is then faster.
    std::sort(commit_rows_.accounts.begin(), commit_rows_.accounts.end());
    commit_rows_.journal_number = journal_rows_;
    commit_rows_.journal_begin =
        waiting_.empty() ? journal_rows_ + 1 : waiting_.front().introduced_by;
    return commit_rows_;
}

void RowSchedule::include(AccountIndex index) {
    if (is_only_charged(index)) {
        accounts_[index].rows.is_dirty = true;
        commit_rows_.accounts.push_back(index);
    }
}

void RowSchedule::include_waiting(size_t count) {
    for (; count > 0 && !waiting_.empty(); --count) {
        include(waiting_.front().account);
        waiting_.pop_front();
    }
}

// Introduces the accounts that were charged for the first time since their rows were written.
JournalHead RowSchedule::journal_head() {
    ++journal_rows_;
    JournalHead head;
    for (const CalendarWindow& calendar : plans_.windows()) {
        head.windows.push_back({calendar.window, calendar.skips_failed, calendar.series, 0});
    }
    head.written = departed_;
    for (const AccountIndex index : commit_rows_.accounts) {
        if (accounts_[index].rows.is_introduced) {
            head.written.push_back(index);
        }
    }
    for (const AccountIndex index : charged_) {
        if (!is_only_charged(index) || accounts_[index].rows.is_introduced) {
            continue;
        }
        accounts_[index].rows.is_introduced = true;
        waiting_.push_back({index, journal_rows_});
        head.introduced.push_back(introduction_of(index, head));
    }
    return head;
}

// Windows that it has for itself are added to those of the row.
IntroducedAccount RowSchedule::introduction_of(AccountIndex index, JournalHead& head) const {
    const Plan& plan = plans_.at(accounts_[index].plan);
    IntroducedAccount introduced;
    introduced.number = index;
    introduced.text = accounts_.text(index);
    for (const uint32_t window : plan.windows) {
        const CalendarWindow& calendar = plans_.windows()[window];
        if (!calendar.window.is_per_account()) {
            introduced.periods.push_back(window);
            continue;
        }
        const std::optional<int64_t> anchor_ms = anchors_.find(index, window);
        if (!anchor_ms) {
            CHECK(calendar.skips_failed, "the first charge that it counts began it");
            continue;  // all that was charged failed
        }
        introduced.periods.push_back(static_cast<uint32_t>(head.windows.size()));
        head.windows.push_back(
            {calendar.window, calendar.skips_failed, calendar.series, *anchor_ms});
    }
    for (const CounterSpec& counter : plan.counters) {
        std::vector<int64_t>& minutes = introduced.rolling_minutes;
        if (std::find(minutes.begin(), minutes.end(), counter.window_minutes) == minutes.end()) {
            minutes.push_back(counter.window_minutes);
        }
    }
    return introduced;
}

void RowSchedule::end_commit() {
    for (const AccountIndex index : commit_rows_.accounts) {
        Account& account = accounts_[index];
        const bool is_there = !accounts_.id(index).is_none();
        account.rows = {};
        account.rows.is_written = is_there && plans_.at(account.plan).merged_windows.empty();
        account.rows.is_stored = is_there;
        for (OpenPeriod& period : account.periods) {
            period.is_dirty = false;
            period.is_new = false;
        }
    }
}

}  // namespace spantoll::window
