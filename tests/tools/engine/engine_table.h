#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/tools/engine/engine_rig.h"
#include "tests/tools/engine/table_line.h"
#include "tools/checks/check_query.h"

namespace spantoll::tools {

// How often a table's run is committed, what each commit leaves to the journal, and when it is
// started again. What a table says must be true in all of them.
enum class Pace { kAsWritten, kJournalAfterEachLine, kRestartAfterEachLine };

// Runs one case of a semantics table through the real engine and store.
//
//     for (const std::string& fault : run_table_case("ema.txt", table_case, Pace::kAsWritten)) ...
//
// The faults found, each "FILE:LINE: got ..., expected ...". tests/tables/semantics/README.md says
// what a line may be.
std::vector<std::string> run_table_case(const std::string& file, const TableCase& table, Pace pace);

// A case as it runs: its configuration, clock and what is expected next.
class TableRun {
  public:
    TableRun(std::string file, Pace pace);
    void run(const TableCase& table);
    std::vector<std::string> take_faults() { return std::move(faults_); }

  private:
    using Leaves = std::map<std::string, std::string>;
    void run_line(const TableLine& line);
    // Lines that do something. False: no such verb.
    bool act(const TableLine& line);
    bool check(const TableLine& line);

    void apply_span(const TableLine& line);
    void apply_record(const TableLine& line, const std::string& bytes, int64_t append_ms);
    void set_vote(const TableLine& line);
    void add_to_amount(const TableLine& line);
    void give_grant(const TableLine& line);
    void end_grant(const TableLine& line);
    void reset(const TableLine& line);
    void change_key(const TableLine& line);
    void put_back_holds();
    void restart(const TableLine& line);
    bool is_ready(const TableLine& line);

    void check_decision(const TableLine& line);
    void check_watermark(const TableLine& line);
    void check_rolling(const TableLine& line);
    void check_row(const TableLine& line, const std::string& key);
    void check_counts(const TableLine& line);
    void check_streak(const TableLine& line);
    void check_check(const TableLine& line);
    void check_verdict(const TableLine& line, const CheckResult& verdict);
    void check_values(const TableLine& line, const Leaves& leaves);
    void check_end(const TableCase& table);

    bool commit(const TableLine& line);
    // Committed rows, read again after anything was done.
    const std::map<std::string, std::string>& rows(const TableLine& line);
    std::optional<Leaves> row(const TableLine& line, const std::string& key);
    int64_t time_of(const TableLine& line, std::string_view text);
    void expect(const TableLine& line, const std::string& got, const std::string& expected);
    void fault(const TableLine& line, const std::string& what);

    const std::string file_;
    const Pace pace_;
    std::unique_ptr<EngineRig> rig_;
    Settings settings_;
    std::string pending_toml_;
    std::string day_;
    int64_t now_ms_ = 0;
    std::map<PartitionIndex, window::WatermarkVote> votes_;
    std::optional<std::map<std::string, std::string>> rows_;
    size_t decisions_seen_ = 0;
    std::vector<std::string> faults_;
};

}  // namespace spantoll::tools
