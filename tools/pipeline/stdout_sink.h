#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "enforce/sink.h"

namespace spantoll::tools {

// What happens when a line cannot be written: `run` goes on, because decisions also stay in the
// log; `replay --decisions -` fails, because that is what it was asked for.
enum class UnwrittenOutput { kIsForgotten, kIsAnError };

// Decisions as JSON lines on a file descriptor, standard output as a rule. Dead letters are not
// printed. A reader that is slow makes publish() say false. Thread: the engine's.
class StdoutSink final : public enforce::Sink {
  public:
    StdoutSink(int descriptor, UnwrittenOutput unwritten)
        : descriptor_(descriptor), unwritten_(unwritten) {}

    bool publish(uint64_t sequence, const Decision& decision) override;
    bool publish(uint64_t sequence, const DeadLetter& letter) override;
    // kDisk where a line could not be written, if that is an error.
    Result<uint64_t> delivered_through() override;
    void flush(int64_t wait_ms) override;

  private:
    bool write_pending(int64_t wait_ms);
    void give_up(int reason);

    const int descriptor_;
    const UnwrittenOutput unwritten_;
    int failure_ = 0;      // of the first write that failed: an errno
    std::string pending_;  // the rest of a line that was cut
    uint64_t taken_ = 0;
    uint64_t written_ = 0;  // sequence up to which nothing is pending
};

// Decisions appended to a file: `replay --decisions OUT.jsonl`. Thread: the engine's.
class FileSink final : public enforce::Sink {
  public:
    // Creates or empties the file. kDisk where that cannot be.
    static Result<std::unique_ptr<FileSink>> open(const std::string& path);
    ~FileSink() override;

    bool publish(uint64_t sequence, const Decision& decision) override;
    bool publish(uint64_t sequence, const DeadLetter& letter) override;
    Result<uint64_t> delivered_through() override;
    void flush(int64_t wait_ms) override;

  private:
    FileSink(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
    const std::string path_;
    std::FILE* const file_;
    uint64_t written_ = 0;
};

}  // namespace spantoll::tools
