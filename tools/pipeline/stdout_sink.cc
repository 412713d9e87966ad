#include "tools/pipeline/stdout_sink.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fmt/format.h>

#include "schemas/text/decision_json.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

// A descriptor that polls writable takes this much without blocking: PIPE_BUF of Linux.
constexpr size_t kWriteMax = 4096;

}  // namespace

bool StdoutSink::publish(uint64_t sequence, const Decision& decision) {
    if (!write_pending(0)) {
        return false;
    }
    if (failure_ == 0) {
        pending_ = decision_json(decision) + "\n";
    }
    taken_ = sequence;
    write_pending(0);
    return true;
}

bool StdoutSink::publish(uint64_t sequence, const DeadLetter& /*letter*/) {
    if (!write_pending(0)) {
        return false;
    }
    taken_ = sequence;
    written_ = sequence;
    return true;
}

// True where nothing is pending any more.
bool StdoutSink::write_pending(int64_t wait_ms) {
    while (!pending_.empty()) {
        pollfd waiting{descriptor_, POLLOUT, 0};
        if (poll(&waiting, 1, static_cast<int>(wait_ms)) <= 0) {
            return false;
        }
        const ssize_t written =
            write(descriptor_, pending_.data(), std::min(pending_.size(), kWriteMax));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (written < 0) {
            give_up(errno);
            break;
        }
        pending_.erase(0, static_cast<size_t>(written));
    }
    written_ = taken_;
    return true;
}

void StdoutSink::give_up(int reason) {
    failure_ = reason;
    pending_.clear();
    if (unwritten_ == UnwrittenOutput::kIsForgotten && reason != EPIPE) {
        spdlog::warn(
            "decisions cannot be written to standard output ({}): from here on they are in the log "
            "of decisions alone",
            std::strerror(reason));
    }
}

Result<uint64_t> StdoutSink::delivered_through() {
    if (failure_ != 0 && unwritten_ == UnwrittenOutput::kIsAnError) {
        return failure(
            ErrorKind::kDisk,
            fmt::format("cannot write decisions to standard output: {}", std::strerror(failure_)));
    }
    return written_;
}

void StdoutSink::flush(int64_t wait_ms) {
    write_pending(wait_ms);
}

Result<std::unique_ptr<FileSink>> FileSink::open(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot write {}: {}; name a file that can be written",
                                   path,
                                   opening_error(path, errno)));
    }
    return std::unique_ptr<FileSink>(new FileSink(path, file));
}

FileSink::~FileSink() {
    std::fclose(file_);
}

bool FileSink::publish(uint64_t sequence, const Decision& decision) {
    const std::string line = decision_json(decision) + "\n";
    std::fwrite(line.data(), 1, line.size(), file_);
    written_ = sequence;
    return true;
}

bool FileSink::publish(uint64_t sequence, const DeadLetter& /*letter*/) {
    written_ = sequence;
    return true;
}

Result<uint64_t> FileSink::delivered_through() {
    if (std::ferror(file_) != 0) {
        return failure(ErrorKind::kDisk,
                       fmt::format("cannot write {}: {}; free some space and start again",
                                   path_,
                                   std::strerror(errno)));
    }
    return written_;
}

void FileSink::flush(int64_t) {
    std::fflush(file_);
}

}  // namespace spantoll::tools
