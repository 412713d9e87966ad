#include <span>

#include <gtest/gtest.h>

#include "schemas/int128.h"
#include "tests/tools/engine/engine_rig.h"
#include "tests/tools/engine/flat_json.h"
#include "tests/tools/engine/random_spans.h"

namespace spantoll::tools {
namespace {

constexpr size_t kRecords = 1500;

struct Outcome {
    std::string digest;
    std::vector<std::string> decisions;
    std::map<std::string, std::string> rows;
    size_t journaled_commits = 0;
};

// When a run commits, and after which commits it is started again.
struct Cut {
    size_t records_per_commit = 1;
    uint64_t restart_seed = 0;  // 0 = never
    uint64_t journal_seed = 0;  // which commits leave charges to the journal; 0 = none
};

Outcome run(const std::vector<RandomRecord>& records,
            const Cut& cut,
            const std::string& configuration = random_spans_configuration()) {
    EngineRig rig;
    const Result<Settings> settings = rig.read_settings(configuration);
    EXPECT_TRUE(settings) << settings.error().message;
    EXPECT_TRUE(rig.start(*settings));
    std::mt19937_64 random(cut.restart_seed);
    std::mt19937_64 scopes(cut.journal_seed);
    const auto commit = [&] {
        const bool is_due = cut.journal_seed != 0 && scopes() % 8 != 0;
        EXPECT_TRUE(
            rig.commit(is_due ? window::CommitScope::kDue : window::CommitScope::kEverything));
    };
    std::vector<ingest::Record> all(records.size());
    for (size_t i = 0; i < records.size(); ++i) {
        all[i].offset = static_cast<int64_t>(i);
        all[i].append_ms = records[i].append_ms;
        all[i].bytes = records[i].bytes;
    }
    size_t ahead = 0;
    for (size_t i = 0; i < records.size(); ++i) {
        if (i == ahead) {
            const size_t commit_at = (i / cut.records_per_commit + 1) * cut.records_per_commit;
            const size_t count = std::min(commit_at, all.size()) - i;
            ahead += rig.engine().look_ahead(std::span(all).subspan(i, count));
        }
        rig.engine().apply(all[i], all[i].append_ms);
        if ((i + 1) % cut.records_per_commit == 0) {
            commit();
            if (cut.restart_seed != 0 && random() % 12 == 0) {
                EXPECT_TRUE(rig.restart(*settings));
            }
        }
    }
    commit();
    Outcome outcome;
    outcome.journaled_commits = rig.journaled_commits();
    outcome.decisions = rig.decisions();
    rig.stop();
    outcome.digest = rig.digest().value_or("no digest");
    outcome.rows = rig.rows().value_or(std::map<std::string, std::string>());
    return outcome;
}

void expect_equal(const Outcome& a, const Outcome& b) {
    EXPECT_EQ(a.digest, b.digest);
    EXPECT_EQ(a.decisions.size(), b.decisions.size());
    for (size_t i = 0; i < std::min(a.decisions.size(), b.decisions.size()); ++i) {
        ASSERT_EQ(a.decisions[i], b.decisions[i]) << "decision " << i;
    }
    for (const auto& [key, json] : a.rows) {
        const auto other = b.rows.find(key);
        // Rows for everybody to read; those that only the engine reads may be cut otherwise.
        if (key.starts_with("FEDCOST#") || key.starts_with("ROLLING#") ||
            key.starts_with("ENFORCE#") || key.starts_with("META/COUNTS#")) {
            ASSERT_NE(other, b.rows.end()) << key << " is not in the other";
            ASSERT_EQ(json, other->second) << key;
        }
    }
}

class EngineProperty : public testing::TestWithParam<uint64_t> {};

TEST_P(EngineProperty, HowSpansAreCutIntoCommitsChangesNothing) {
    const std::vector<RandomRecord> records = random_records(GetParam(), kRecords);
    const Outcome one = run(records, {1});
    EXPECT_GT(one.decisions.size(), 100U);
    expect_equal(one, run(records, {7}));
    expect_equal(one, run(records, {1000}));
}

TEST_P(EngineProperty, StartingAgainAnywhereChangesNothing) {
    const std::vector<RandomRecord> records = random_records(GetParam() + 1000, kRecords);
    const Outcome uninterrupted = run(records, {9});
    expect_equal(uninterrupted, run(records, {9, GetParam()}));
    expect_equal(uninterrupted, run(records, {31, GetParam() + 1}));
}

TEST_P(EngineProperty, WhatTheJournalHoldsIsAsGoodAsRows) {
    constexpr int64_t kDenseStepMs = 5'000;  // many commits within one pane
    constexpr size_t kJournaledMin = 30;
    const std::vector<RandomRecord> records =
        random_records(GetParam() + 3000, kRecords, {.step_ms = kDenseStepMs});
    const Outcome rows_alone = run(records, {1, 0, 0});
    EXPECT_EQ(rows_alone.journaled_commits, 0U);
    for (const Cut& cut : {Cut{1, 0, GetParam()},
                           Cut{3, 0, GetParam() + 1},
                           Cut{11, GetParam() + 1, GetParam() + 3}}) {
        const Outcome journaled = run(records, cut);
        EXPECT_GT(journaled.journaled_commits, kJournaledMin);
        expect_equal(rows_alone, journaled);
    }
}

// Where every record is committed each charge is added to its accounts at once; the larger the
// commits, the more of them are taken in by tallies.
TEST_P(EngineProperty, WhatTalliesTakeInIsCharged) {
    for (const int64_t step_ms : {1'000, 5'000, 40'000}) {
        const std::vector<RandomRecord> records =
            random_records(GetParam() + 4000, kRecords, {.step_ms = step_ms, .is_of_money = true});
        const std::string configuration = random_money_configuration();
        const Outcome each = run(records, {1}, configuration);
        EXPECT_GT(each.decisions.size(), 20U) << step_ms;
        for (const Cut& cut : {Cut{13, 0, 0},
                               Cut{2000, 0, 0},
                               Cut{7, 0, GetParam()},
                               Cut{17, GetParam() + 1, GetParam() + 3}}) {
            expect_equal(each, run(records, cut, configuration));
        }
    }
}

// "FEDCOST#" or "ROLLING#" rows by (kind of account, what follows the account): the sums of every
// total in them.
using Sums = std::map<std::pair<std::string, std::string>, std::map<std::string, Int128>>;

std::string kind_of(const std::string& account) {
    const size_t colon = account.find(':');
    return colon != std::string::npos ? account.substr(0, colon)
           : account == "global"      ? account
                                      : "domain";
}

Sums sums_of(const std::map<std::string, std::string>& rows) {
    Sums sums;
    for (const auto& [key, json] : rows) {
        const bool is_rolling = key.starts_with("ROLLING#") && key.ends_with("/24h");
        if (!is_rolling && !key.starts_with("FEDCOST#")) {
            continue;
        }
        const size_t begin = key.find('#') + 1;
        const size_t slash = key.find('/', begin);
        const std::string account = key.substr(begin, slash - begin);
        for (const auto& [member, text] : flat_json(json)) {
            const std::optional<Int128> number = parse_int128(text);
            const bool is_total = member != "as_of_ms" && member != "first_ms" &&
                                  member != "last_ms" && !member.ends_with("_usd");
            const bool is_pico = member.ends_with("_pico_usd");
            if (number && *number != 0 && (is_total || is_pico)) {
                sums[{kind_of(account), key.substr(slash)}][member] += *number;
            }
        }
    }
    return sums;
}

TEST_P(EngineProperty, TheAccountsOfAKindAddUpToGlobal) {
    const Outcome outcome = run(random_records(GetParam() + 2000, kRecords), {50});
    const Sums sums = sums_of(outcome.rows);
    size_t compared = 0;
    for (const auto& [kind_and_rest, totals] : sums) {
        if (kind_and_rest.first != "global") {
            continue;
        }
        for (const std::string kind : {"service", "domain", "user"}) {
            const auto mine = sums.find({kind, kind_and_rest.second});
            ASSERT_NE(mine, sums.end()) << kind << kind_and_rest.second;
            EXPECT_EQ(mine->second.size(), totals.size()) << kind << kind_and_rest.second;
            for (const auto& [member, sum] : totals) {
                const auto found = mine->second.find(member);
                EXPECT_EQ(found == mine->second.end() ? "none" : to_text(found->second),
                          to_text(sum))
                    << kind << kind_and_rest.second << " " << member;
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 100U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EngineProperty, testing::Values(1, 2));

}  // namespace
}  // namespace spantoll::tools
