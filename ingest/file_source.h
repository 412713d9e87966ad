#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingest/source.h"
#include "schemas/error.h"

namespace spantoll::ingest {

// The topic that files stand for; a file's partition is its place among the arguments, from 0.
inline constexpr std::string_view kFileTopic = "file";

// The files of `replay --file F ...` as a bounded source: one after another, each a partition of
// the topic `file`, without append times. What a file holds is told by its content (see
// ingest/record_cutter.h). Records of any size are handed out; a too large one is for the decoder
// to refuse.
//
// Files are mapped and read in order, and what was consumed is given back, so memory stays small
// whatever their size. A file must not be cut while it is read. Thread: one.
class FileSource final : public Source {
  public:
    // Looks through every file before anything is handed out. kInput: a file cannot be cut into
    // records (says which file and byte), is UTF-16 or compressed, is absent, or is not a regular
    // file. kDisk: it cannot be read.
    static Result<std::unique_ptr<FileSource>> open(const std::vector<std::string>& paths);
    ~FileSource() override;

    const std::vector<TopicPartition>& partitions() const override;
    // Never waits. While the file that is being read is paused, gives nothing.
    Result<RecordBatch> poll(const PollLimits& limits) override;
    void set_paused(PartitionIndex partition, bool paused) override;
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

  private:
    struct State;
    explicit FileSource(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
