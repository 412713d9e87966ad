#include "tests/tools/engine/engine_table.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/store/temporary_directory.h"

namespace spantoll::tools {
namespace {

std::vector<std::string> table_names() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(SPANTOLL_TABLES "/semantics")) {
        if (entry.path().extension() == ".txt") {
            names.push_back(entry.path().stem());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

void run_table(const std::string& name, Pace pace) {
    const std::string file = "tests/tables/semantics/" + name + ".txt";
    const Result<std::vector<TableCase>> cases =
        read_table_cases(SPANTOLL_TABLES "/semantics/" + name + ".txt");
    ASSERT_TRUE(cases) << cases.error().message;
    ASSERT_FALSE(cases->empty());
    for (const TableCase& table : *cases) {
        for (const std::string& fault : run_table_case(file, table, pace)) {
            ADD_FAILURE() << "case " << table.name << "\n" << fault;
        }
    }
}

class EngineTable : public testing::TestWithParam<std::string> {};

TEST_P(EngineTable, HoldsThroughTheFold) {
    run_table(GetParam(), Pace::kAsWritten);
}

TEST_P(EngineTable, HoldsWithCommitsThatLeaveRowsForLater) {
    run_table(GetParam(), Pace::kJournalAfterEachLine);
}

TEST_P(EngineTable, HoldsWhenStartedAgainAfterEachLine) {
    run_table(GetParam(), Pace::kRestartAfterEachLine);
}

INSTANTIATE_TEST_SUITE_P(Semantics,
                         EngineTable,
                         testing::ValuesIn(table_names()),
                         [](const auto& instance) { return instance.param; });

// The runner itself must be able to find a fault.
TEST(EngineTableRunner, TellsFileLineAndWhatWasGot) {
    TableCase table;
    table.lines.push_back({7, "span", "span", {"2026-03-01T00:00:10"}, {{"service", "a"}}});
    table.lines.push_back({8, "counts", "counts", {}, {{"accepted", "2"}}});
    const std::vector<std::string> faults = run_table_case("t.txt", table, Pace::kAsWritten);
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0], "t.txt:8: got accepted=1, expected accepted=2   [counts]");
}

// Else a case whose first line is misspelled would be no case, and nobody would know.
TEST(EngineTableRunner, RefusesALineBeforeTheFirstCase) {
    const store::TemporaryDirectory directory;
    const std::string path = directory.path() + "/t.txt";
    std::ofstream(path) << "# a comment\n\ncaes one\nspan 00:00:10\ncase two\n";
    const Result<std::vector<TableCase>> cases = read_table_cases(path);
    ASSERT_FALSE(cases);
    EXPECT_EQ(cases.error().message,
              path +
                  ":3: a line before the first case: give it one, or make it a comment   "
                  "[caes one]");
    EXPECT_FALSE(read_table_cases(directory.path() + "/none.txt"));
}

}  // namespace
}  // namespace spantoll::tools
