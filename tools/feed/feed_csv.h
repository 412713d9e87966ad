#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "schemas/error.h"
#include "tools/feed/span_feed.h"

namespace spantoll::tools {

struct CsvFeedOptions {
    std::string path;
    // `field=column` takes the field from a column, named as in the first row or by its number from
    // 1. `field==constant` sets it to the same value everywhere. E.g. time_ms=TIMESTAMP
    // model==gpt-4
    std::vector<std::string> maps;
    char delimiter = ',';
    uint64_t from_line = 0;  // rows on earlier lines are skipped
    std::string name = {};   // name of the file in identities; empty = its full path
};

// The rows of a CSV file as spans, one span per row.
//
// Unless the mapping gives an identity, it is made of the file's name, the mapping, and the
// position and text of the row. So feeding a file twice in the same way is charged once, as long as
// the processor remembers the ids (`dedup_horizon`). Equal rows stay different spans, and so do
// spans that another mapping makes of the same row.
class CsvFeed final : public SpanFeed {
  public:
    // kUsage: a mapping is wrong; the message suggests the column that was probably meant. kInput:
    // the file does not exist, or its first row is not CSV.
    static Result<std::unique_ptr<CsvFeed>> open(const CsvFeedOptions& options);
    ~CsvFeed() override;

    // Reads the whole file before anything of it is sent, unless it is a pipe, which can be read
    // only once. kInput: the first row that does not fit, and how many more there are.
    static Result<void> check(const CsvFeedOptions& options);

    // kInput: a row does not fit the mapping, with file and line.
    Result<void> fill(size_t spans_max, FeedBatch& batch) override;
    std::optional<uint64_t> next_line() const override;
    // Says how many rows had an empty cell for their cost.
    std::string remark() const override;

  private:
    struct State;
    explicit CsvFeed(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
