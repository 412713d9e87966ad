// Properties of engine and store together, over random traffic. Seeds 1 to 20, and with
// SPANTOLL_LONG=1 (tests/run --long) 1 to 2,000; SPANTOLL_SEED=N is that one alone, as a failure
// says.
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "schemas/int128.h"
#include "tests/tools/engine/engine_rig.h"
#include "tests/tools/engine/flat_json.h"
#include "tests/tools/engine/random_spans.h"

namespace spantoll::tools {
namespace {

constexpr uint64_t kSeeds = 20;
constexpr uint64_t kSeedsLong = 2000;

// How large the run of a seed is. Both are of a day and a half, so that a rolling day goes round; a
// seed in twenty is a large one, and must have enough of what a property is about.
struct Size {
    size_t records = 200;
    int64_t step_ms = 1'350'000;
    bool is_large = false;
};

Size size_of(uint64_t seed) {
    constexpr uint64_t kLargeOneIn = 20;
    return seed % kLargeOneIn == 1 ? Size{1500, 180'000, true} : Size{};
}

std::vector<uint64_t> seeds() {
    if (const char* one = std::getenv("SPANTOLL_SEED")) {
        return {std::strtoull(one, nullptr, 10)};
    }
    const char* is_long = std::getenv("SPANTOLL_LONG");
    std::vector<uint64_t> seeds(is_long != nullptr && std::string_view(is_long) == "1" ? kSeedsLong
                                                                                       : kSeeds);
    std::iota(seeds.begin(), seeds.end(), 1);
    return seeds;
}

struct Outcome {
    std::unique_ptr<EngineRig> rig;  // stopped
    std::string digest;

    size_t journaled_commits() const { return rig->journaled_commits(); }
    const std::vector<std::string>& decisions() const { return rig->decisions(); }
    // Opens the store once more, so it is asked for where digests do not tell enough.
    std::map<std::string, std::string> rows() const {
        return rig->rows().value_or(std::map<std::string, std::string>());
    }
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
    Outcome outcome{.rig = std::make_unique<EngineRig>(), .digest = {}};
    EngineRig& rig = *outcome.rig;
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
    rig.stop();
    outcome.digest = rig.digest().value_or("no digest");
    // For same_digests.py.
    if (const char* const said = std::getenv("SPANTOLL_DIGESTS")) {
        std::ofstream(said, std::ios::app) << outcome.digest << '\n';
    }
    return outcome;
}

void expect_equal(const Outcome& a, const Outcome& b) {
    ASSERT_EQ(a.decisions().size(), b.decisions().size());
    for (size_t i = 0; i < a.decisions().size(); ++i) {
        ASSERT_EQ(a.decisions()[i], b.decisions()[i]) << "decision " << i;
    }
    if (a.digest == b.digest) {
        return;
    }
    ADD_FAILURE() << "digests: " << a.digest << ", " << b.digest;
    const std::map<std::string, std::string> others = b.rows();
    for (const auto& [key, json] : a.rows()) {
        const auto other = others.find(key);
        // Rows for everybody to read; those that only the engine reads may be cut otherwise.
        if (key.starts_with("FEDCOST#") || key.starts_with("ROLLING#") ||
            key.starts_with("ENFORCE#") || key.starts_with("META/COUNTS#")) {
            ASSERT_NE(other, others.end()) << key << " is not in the other";
            ASSERT_EQ(json, other->second) << key;
        }
    }
}

class EngineProperty : public testing::TestWithParam<uint64_t> {
  protected:
    // `salt`: another input for each property. `step_ms`: 0 = by the size.
    std::vector<RandomRecord> records(uint64_t salt, RandomTraffic traffic = {.step_ms = 0}) const {
        if (traffic.step_ms == 0) {
            traffic.step_ms = size_.step_ms;
        }
        return random_records(GetParam() + salt, size_.records, traffic);
    }
    // What a large run has at least of what its property is about.
    size_t at_least(size_t count) const { return size_.is_large ? count : 0; }
    // Between spans, so that panes are dense in some runs and sparse in others.
    int64_t buffered_step_ms() const {
        constexpr std::array<int64_t, 3> kStepsMs{1'000, 5'000, 40'000};
        return kStepsMs[GetParam() % kStepsMs.size()];
    }
    // Where every record is committed each charge is added to its accounts at once; the larger the
    // commits, the more of them the pane buffer has.
    void expect_buffered_as_charged(const std::vector<RandomRecord>& all,
                                    const std::string& configuration) const {
        const Outcome each = run(all, {1}, configuration);
        EXPECT_GE(each.decisions().size(), at_least(20)) << buffered_step_ms();
        for (const Cut& cut : {Cut{13, 0, 0},
                               Cut{2000, 0, 0},
                               Cut{7, 0, GetParam()},
                               Cut{17, GetParam() + 1, GetParam() + 3}}) {
            expect_equal(each, run(all, cut, configuration));
        }
    }

  private:
    const Size size_ = size_of(GetParam());
    const testing::ScopedTrace trace_{
        __FILE__, __LINE__, fmt::format("SPANTOLL_SEED={} repeats this alone", GetParam())};
};

TEST_P(EngineProperty, HowSpansAreCutIntoCommitsChangesNothing) {
    const std::vector<RandomRecord> all = records(0);
    const Outcome one = run(all, {1});
    EXPECT_GE(one.decisions().size(), at_least(100));
    expect_equal(one, run(all, {7}));
    expect_equal(one, run(all, {1000}));
}

TEST_P(EngineProperty, StartingAgainAnywhereChangesNothing) {
    const std::vector<RandomRecord> all = records(100'000);
    const Outcome uninterrupted = run(all, {9});
    expect_equal(uninterrupted, run(all, {9, GetParam()}));
    expect_equal(uninterrupted, run(all, {31, GetParam() + 1}));
}

TEST_P(EngineProperty, WhatTheJournalHoldsIsAsGoodAsRows) {
    constexpr int64_t kDenseStepMs = 5'000;  // many commits within one pane
    constexpr size_t kJournaledMin = 30;
    const std::vector<RandomRecord> all = records(300'000, {.step_ms = kDenseStepMs});
    const Outcome rows_alone = run(all, {1, 0, 0});
    EXPECT_EQ(rows_alone.journaled_commits(), 0U);
    for (const Cut& cut : {Cut{1, 0, GetParam()},
                           Cut{3, 0, GetParam() + 1},
                           Cut{11, GetParam() + 1, GetParam() + 3}}) {
        const Outcome journaled = run(all, cut);
        EXPECT_GE(journaled.journaled_commits(), at_least(kJournaledMin));
        expect_equal(rows_alone, journaled);
    }
}

TEST_P(EngineProperty, WhatTheBufferTakesIsCharged) {
    expect_buffered_as_charged(
        records(400'000, {.step_ms = buffered_step_ms(), .is_of_money = true}),
        random_money_configuration());
}

// The same of spans with usage, under limits in tokens, requests and money.
TEST_P(EngineProperty, WhatTheBufferTakesOfUsageIsCharged) {
    expect_buffered_as_charged(
        records(500'000, {.step_ms = buffered_step_ms(), .has_priced_usage = true}),
        random_usage_configuration());
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
    const Outcome outcome = run(records(200'000), {50});
    const Sums sums = sums_of(outcome.rows());
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
    EXPECT_GE(compared, at_least(100));
}

INSTANTIATE_TEST_SUITE_P(Seeds,
                         EngineProperty,
                         testing::ValuesIn(seeds()),
                         [](const auto& instance) { return std::to_string(instance.param); });

}  // namespace
}  // namespace spantoll::tools
