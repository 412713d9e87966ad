#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/settings.h"
#include "store/store.h"
#include "tests/store/temporary_directory.h"
#include "tools/engine/engine.h"
#include "tools/feed/feed_encoder.h"
#include "tools/feed/feed_scenario.h"

namespace spantoll::bench {

// The scenario `bench` (accounts of five dimensions, 4 attributes a span), without an end.
struct Traffic {
    uint64_t accounts = 25'000;
    uint64_t spans_per_hour = 2'000'000;   // of event time
    int64_t start_ms = 1'772'323'200'000;  // 2026-03-01
    uint64_t seed = 1;
};

class BenchRecords {
  public:
    BenchRecords(Format format, size_t spans_per_record, const Traffic& traffic = {});

    // The next `count` records, which replace those before.
    const std::vector<std::string>& next(size_t count);

  private:
    const size_t spans_per_record_;
    tools::ScenarioFeed feed_;
    tools::FeedEncoder encoder_;
    tools::FeedBatch batch_;
    std::vector<std::string> records_;
};

// So high that nobody reaches it: this measures judging, not deciding.
Limit unreached_limit(const std::string& name, Judge judge, int64_t window_minutes);
// One total and one EMA limit on every account, over 24 h.
std::vector<Limit> total_and_ema();

using store::Durability;

// Engine and store as a process has them, a step at a time so that each can be timed alone:
//
//     FoldRun run(total_and_ema());
//     run.fill(); run.fold(); run.collect(); run.commit(Durability::kWritten);   // and again
//
// One round is at most as much as a busy process commits at once.
class FoldRun {
  public:
    static constexpr size_t kSpansPerRecord = 100;
    static constexpr size_t kRecordsPerRound = 1'000;
    static constexpr size_t kSpansPerRound = kSpansPerRecord * kRecordsPerRound;

    explicit FoldRun(const std::vector<Limit>& limits, const Traffic& traffic = {});

    // What is filled in from here on.
    void set_traffic(const Traffic& traffic);
    void fill(size_t records = kRecordsPerRound);  // encodes the records of the round
    void fold();                                   // decodes, charges and judges them
    void collect();                                // gathers what changed
    void commit(Durability durability);
    void round(size_t records = kRecordsPerRound);  // all four

    tools::Engine& engine() { return *engine_; }
    // The longest that one record took, its closings included, in seconds since the last call.
    double take_longest_record_s() { return std::exchange(longest_record_s_, 0); }

  private:
    store::TemporaryDirectory directory_;
    std::unique_ptr<BenchRecords> source_;
    const std::vector<std::string>* records_ = nullptr;
    int64_t next_offset_ = 0;
    double longest_record_s_ = 0;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<tools::Engine> engine_;
    store::Commit commit_;
};

}  // namespace spantoll::bench
