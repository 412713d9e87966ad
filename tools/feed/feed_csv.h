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
    // `field=column` takes the field from a column, by its name in the first row or its number from
    // 1; `field==constant` sets it to the same everywhere. E.g. time_ms=TIMESTAMP model==gpt-4
    std::vector<std::string> maps;
    char delimiter = ',';
    uint64_t from_line = 0;  // rows on lines before it are passed over
    std::string name = {};   // what the file is called in identities; empty = its full path
};

// The rows of a CSV file as spans, one each.
//
// Spans get their identity from the file's name, the mapping, and the row's place and text, unless
// the mapping gives one: feeding a file twice in the same way within the processor's memory of ids
// (`dedup_horizon`) charges it once. Rows that are equal stay different spans, and so do those that
// another mapping makes of the same row.
class CsvFeed final : public SpanFeed {
  public:
    // kUsage: a mapping that is wrong, with the column that was probably meant. kInput: the file is
    // absent or its first row is no CSV.
    static Result<std::unique_ptr<CsvFeed>> open(const CsvFeedOptions& options);
    ~CsvFeed() override;

    // Reads a file to its end, which can be read again, before anything of it is sent. kInput: the
    // first row that does not fit, and how many more.
    static Result<void> check(const CsvFeedOptions& options);

    // kInput: a row that does not fit the mapping, with file and line.
    Result<void> fill(size_t spans_max, FeedBatch& batch) override;
    std::optional<uint64_t> next_line() const override;
    // How many rows had an empty cell for their cost.
    std::string remark() const override;

  private:
    struct State;
    explicit CsvFeed(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::tools
