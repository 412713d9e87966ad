#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ingest/source.h"
#include "schemas/error.h"

namespace spantoll::ingest {

// The topic name of files. A file's partition is its position among the arguments, from 0.
inline constexpr std::string_view kFileTopic = "file";

// The files of `replay --file F ...` as a bounded source. They are read one after another; each is
// a partition of the topic `file`, and its records have no append times. The format of a file is
// recognised by its content (see ingest/record_cutter.h). Records of any size are handed out; the
// decoder refuses those that are too large.
//
// Files are mapped and read in order, and pages that were consumed are given back, so memory stays
// small whatever the size of the files. A file must not be truncated while it is read. Thread: one.
class FileSource final : public Source {
  public:
    // Checks every file before anything is handed out. kInput: a file cannot be cut into records
    // (the message names file and byte), is UTF-16 or compressed, does not exist, or is not a
    // regular file. kDisk: a file cannot be read.
    static Result<std::unique_ptr<FileSource>> open(const std::vector<std::string>& paths);
    ~FileSource() override;

    const std::vector<TopicPartition>& partitions() const override;
    // Never waits. Returns no records while the current file is paused.
    Result<RecordBatch> poll(const PollLimits& limits) override;
    void set_paused(PartitionIndex partition, bool paused) override;
    void positions_are_durable(const std::vector<int64_t>& next_offsets) override;

  private:
    struct State;
    explicit FileSource(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::ingest
