#include "window/row_schedule.h"

#include <gtest/gtest.h>

#include "tests/window/parts.h"

namespace spantoll::window {
namespace {

struct Schedule : testing::Test {
    Parts parts;
    RowSchedule& rows = parts.rows;
    AccountIndex a = parts.account("service:a");
    AccountIndex b = parts.account("service:b");

    std::vector<AccountIndex> commit(CommitScope scope) {
        const std::vector<AccountIndex> written = rows.begin_commit(scope).accounts;
        row = rows.commit_rows().journal_row;
        rows.end_commit();
        return written;
    }
    // After a commit of its rows, one charge that the journal has.
    void charge(AccountIndex index) {
        ASSERT_TRUE(rows.mark_charged(index));
        const std::vector<AccountIndex> accounts{index};
        rows.record(charge_at(kTime0, 1), accounts);
    }
    std::string row;
};

using Indexes = std::vector<AccountIndex>;

TEST_F(Schedule, ACommitWritesTheDirtyOnesOnce) {
    rows.mark_dirty(b);
    rows.mark_dirty(a);
    rows.mark_dirty(b);
    EXPECT_EQ(commit(CommitScope::kDue), (Indexes{a, b}));
    EXPECT_TRUE(commit(CommitScope::kEverything).empty());
}

TEST_F(Schedule, AnAccountWithoutRowsIsNotLeftToTheJournal) {
    EXPECT_FALSE(rows.mark_charged(a));
    EXPECT_EQ(commit(CommitScope::kDue), Indexes{a});
    EXPECT_TRUE(rows.mark_charged(a));
}

// Whoever copies what a commit changed looks at both lists when it is done.
TEST_F(Schedule, ACommitSaysWhoWasChargedSinceTheLastOne) {
    rows.mark_dirty(a);
    rows.mark_dirty(b);
    commit(CommitScope::kDue);
    EXPECT_EQ(rows.commit_rows().accounts, (Indexes{a, b}));
    EXPECT_TRUE(rows.commit_rows().journaled.empty());
    charge(a);
    commit(CommitScope::kDue);
    EXPECT_TRUE(rows.commit_rows().accounts.empty());
    EXPECT_EQ(rows.commit_rows().journaled, Indexes{a});
    charge(a);  // the journal knows it already
    commit(CommitScope::kDue);
    EXPECT_EQ(rows.commit_rows().journaled, Indexes{a});
    commit(CommitScope::kDue);
    EXPECT_TRUE(rows.commit_rows().journaled.empty());
}

TEST_F(Schedule, WhoWasOnlyChargedMayWaitForItsRow) {
    rows.mark_dirty(a);
    commit(CommitScope::kDue);
    charge(a);
    EXPECT_TRUE(commit(CommitScope::kDue).empty());
    const auto reader = JournalReader::open(row);
    ASSERT_TRUE(reader.has_value());
    ASSERT_EQ(reader->head().introduced.size(), 1U);
    EXPECT_EQ(reader->head().introduced[0].text, "service:a");
    EXPECT_TRUE(rows.has_waiting());
    EXPECT_EQ(commit(CommitScope::kEverything), Indexes{a});
    EXPECT_FALSE(rows.has_waiting());
}

TEST_F(Schedule, TheJournalSaysWhoseRowsWereWritten) {
    rows.mark_dirty(a);
    rows.mark_dirty(b);
    commit(CommitScope::kDue);
    charge(a);
    commit(CommitScope::kDue);
    charge(b);
    rows.mark_dirty(a);
    EXPECT_EQ(commit(CommitScope::kDue), Indexes{a});
    const auto reader = JournalReader::open(row);
    ASSERT_TRUE(reader.has_value());
    EXPECT_EQ(reader->head().written, Indexes{a});
    EXPECT_EQ(rows.commit_rows().journal_begin, rows.commit_rows().journal_number);
}

TEST_F(Schedule, WhoLeavesHasItsRowsRemoved) {
    rows.note_leaving(a);
    EXPECT_TRUE(rows.take_departures().empty());  // it has none
    rows.mark_dirty(a);
    commit(CommitScope::kDue);
    rows.note_leaving(a);
    const auto departures = rows.take_departures();
    ASSERT_EQ(departures.size(), 1U);
    EXPECT_EQ(departures[0].account, "service:a");
    EXPECT_EQ(departures[0].window_minutes, std::vector<int64_t>{kDayMs / kMinuteMs});
}

}  // namespace
}  // namespace spantoll::window
