#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/settings.h"
#include "store/store.h"
#include "tests/store/temporary_directory.h"
#include "tools/engine.h"
#include "tools/feed_encoder.h"
#include "tools/feed_scenario.h"

namespace spantoll::bench {

// Records of the scenario `bench` (25,000 accounts of five dimensions, 4 attributes a span),
// without an end: event time goes on at 2 million spans an hour.
class BenchRecords {
  public:
    BenchRecords(tools::FeedFormat format, size_t spans_per_record);

    // The next `count` records, in the place of those before.
    const std::vector<std::string>& next(size_t count);

  private:
    const size_t spans_per_record_;
    tools::ScenarioFeed feed_;
    tools::FeedEncoder encoder_;
    tools::FeedBatch batch_;
    std::vector<std::string> records_;
};

enum class Limits { kNone, kEmaAndTotal };
enum class Durability { kWritten, kSynced };

// Engine and store as a process has them, a step at a time so that each can be timed alone:
//
//     FoldRun run(Limits::kNone);
//     run.fill(); run.fold(); run.collect(); run.commit(Durability::kWritten);   // and again
//
// One round is as much as a busy process commits at once.
class FoldRun {
  public:
    static constexpr size_t kSpansPerRecord = 100;
    static constexpr size_t kRecordsPerRound = 1'000;
    static constexpr size_t kSpansPerRound = kSpansPerRecord * kRecordsPerRound;

    explicit FoldRun(Limits limits);

    void fill();     // encodes the records of the round
    void fold();     // decodes, charges and judges them
    void collect();  // gathers what changed
    void commit(Durability durability);
    void round();  // all four

  private:
    store::TemporaryDirectory directory_;
    BenchRecords source_;
    const std::vector<std::string>* records_ = nullptr;
    int64_t next_offset_ = 0;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<tools::Engine> engine_;
    store::Commit commit_;
};

}  // namespace spantoll::bench
