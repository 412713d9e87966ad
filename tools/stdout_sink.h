#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "enforce/sink.h"

namespace spantoll::tools {

// Decisions as JSON lines on a file descriptor, standard output as a rule. Dead letters are not
// printed. A reader that is slow makes publish() say false; one that went away (a closed pipe) is
// forgotten, because decisions also stay in the log. Thread: the engine's.
class StdoutSink final : public enforce::Sink {
  public:
    explicit StdoutSink(int descriptor) : descriptor_(descriptor) {}

    bool publish(const enforce::OutboxItem& item) override;
    Result<uint64_t> settled() override { return settled_; }
    void flush(int64_t wait_ms) override;

  private:
    bool write_pending(int64_t wait_ms);

    const int descriptor_;
    bool is_closed_ = false;
    std::string pending_;  // the rest of a line that was cut
    uint64_t taken_ = 0;
    uint64_t settled_ = 0;
};

// Decisions appended to a file: `replay --decisions OUT.jsonl`. Thread: the engine's.
class FileSink final : public enforce::Sink {
  public:
    // Creates or empties the file. kDisk where that cannot be.
    static Result<std::unique_ptr<FileSink>> open(const std::string& path);
    ~FileSink() override;

    bool publish(const enforce::OutboxItem& item) override;
    Result<uint64_t> settled() override;
    void flush(int64_t wait_ms) override;

  private:
    FileSink(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    const std::string path_;
    std::FILE* const file_;
    uint64_t settled_ = 0;
};

}  // namespace spantoll::tools
