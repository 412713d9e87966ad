#include "ingest/file_source.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "ingest/foreign_encoding.h"
#include "ingest/record_cutter.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

// Pages are given back in steps of this size: far more than one page, yet negligible memory.
constexpr size_t kReleaseBytes = 16u << 20;

// One file, mapped read-only for as long as this lives.
class MappedFile {
  public:
    static Result<MappedFile> open(const std::string& path);
    MappedFile(MappedFile&& other) noexcept
        : content_(std::exchange(other.content_, {})), released_(other.released_) {}
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile() {
        if (!content_.empty()) {
            munmap(address(0), content_.size());
        }
    }

    std::string_view content() const { return content_; }

    // Advice may be ignored by the kernel, so the result of madvise does not matter.
    void expect_jumps() const { advise(0, content_.size(), MADV_RANDOM); }
    void expect_sequence() const { advise(0, content_.size(), MADV_SEQUENTIAL); }

    // Nothing below `position` will be read again soon; it stays readable.
    void release_below(size_t position) {
        const size_t end = position / kReleaseBytes * kReleaseBytes;
        if (end > released_) {
            advise(released_, end - released_, MADV_DONTNEED);
            released_ = end;
        }
    }
    void release_all() {
        advise(released_, content_.size() - released_, MADV_DONTNEED);
        released_ = content_.size();
    }
    // The file will be read from its beginning again.
    void begin_again() { released_ = 0; }

  private:
    explicit MappedFile(std::string_view content) : content_(content) {}

    void* address(size_t position) const {
        return const_cast<char*>(content_.data()) + position;  // only for calls that do not write
    }
    void advise(size_t position, size_t size, int advice) const {
        if (size > 0) {
            madvise(address(position), size, advice);
        }
    }

    std::string_view content_;
    size_t released_ = 0;
};

tl::unexpected<Error> cannot_open(const std::string& path) {
    const bool is_the_machines = errno == EIO || errno == ENOMEM;
    const ErrorKind kind = is_the_machines ? ErrorKind::kDisk : ErrorKind::kInput;
    return failure(kind, fmt::format("{}: {}", path, std::strerror(errno)));
}

Result<MappedFile> MappedFile::open(const std::string& path) {
    // O_NONBLOCK, so that opening a pipe without a writer does not hang.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        return cannot_open(path);
    }
    struct stat status {};
    if (fstat(descriptor, &status) != 0) {
        const auto error = cannot_open(path);
        close(descriptor);
        return error;
    }
    if (!S_ISREG(status.st_mode)) {
        close(descriptor);
        return failure(ErrorKind::kInput,
                       fmt::format("{}: not a regular file; write what it gives to a file and "
                                   "name that",
                                   path));
    }
    const auto size = static_cast<size_t>(status.st_size);
    if (size == 0) {  // an empty file cannot be mapped
        close(descriptor);
        return MappedFile(std::string_view());
    }
    void* const memory = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int error = errno;
    close(descriptor);
    if (memory == MAP_FAILED) {
        errno = error;
        return cannot_open(path);
    }
    return MappedFile(std::string_view(static_cast<const char*>(memory), size));
}

// Refuses a whole file that is in another encoding or compressed; otherwise each of its lines would
// become a dead letter.
Result<void> check_that_it_is_plain(const std::string& path,
                                    const MappedFile& file,
                                    FileFormat format) {
    if (format == FileFormat::kSizePrefixed) {  // its size may be any four bytes
        return {};
    }
    const std::string_view encoding = foreign_encoding(file.content());
    return encoding.empty() ? Result<void>()
                            : failure(ErrorKind::kInput, fmt::format("{}: {}", path, encoding));
}

// Goes through the file once, so that a file that cannot be cut is refused before its first record
// has an effect. JSON lines can always be cut.
Result<void> check_that_it_can_be_cut(const std::string& path,
                                      MappedFile& file,
                                      FileFormat format) {
    if (format == FileFormat::kJsonLines) {
        return {};
    }
    RecordCutter cutter(file.content(), format);
    while (true) {
        const auto record = cutter.next();
        if (!record) {
            return failure(ErrorKind::kInput, fmt::format("{}: {}", path, record.error()));
        }
        if (!*record) {
            return {};
        }
        file.release_below(cutter.byte_position());
    }
}

}  // namespace

struct FileSource::State {
    std::vector<MappedFile> files;
    std::vector<RecordCutter> cutters;              // by file
    std::vector<std::optional<FileRecord>> peeked;  // by file: the next record, if cut
    std::vector<TopicPartition> partitions;
    std::vector<bool> paused;
    PartitionIndex current = 0;

    bool is_finished() const { return current == files.size(); }
    void peek() {
        const auto record = cutters[current].next();
        CHECK(record.has_value(), "the file was cut without an error when it was opened");
        peeked[current] = *record;
    }
    // Afterwards the current file has a record to hand out, or no file is left.
    void skip_exhausted() {
        while (!is_finished() && !peeked[current]) {
            files[current].release_all();
            ++current;
            if (!is_finished()) {
                peek();
            }
        }
    }
    std::vector<PartitionState> partition_states() const;
};

std::vector<PartitionState> FileSource::State::partition_states() const {
    std::vector<PartitionState> states(files.size());
    for (PartitionIndex i = 0; i < current; ++i) {
        states[i] = {.end_offset = cutters[i].next_offset(), .is_at_end = true};
    }
    return states;
}

FileSource::FileSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileSource::~FileSource() = default;

Result<std::unique_ptr<FileSource>> FileSource::open(const std::vector<std::string>& paths) {
    auto state = std::make_unique<State>();
    for (const std::string& path : paths) {
        Result<MappedFile> file = MappedFile::open(path);
        if (!file) {
            return tl::make_unexpected(file.error());
        }
        const FileFormat format = tell_format(file->content());
        if (const Result<void> checked = check_that_it_is_plain(path, *file, format); !checked) {
            return tl::make_unexpected(checked.error());
        }
        file->expect_jumps();
        if (const Result<void> checked = check_that_it_can_be_cut(path, *file, format); !checked) {
            return tl::make_unexpected(checked.error());
        }
        file->release_all();
        file->begin_again();
        file->expect_sequence();
        state->cutters.emplace_back(file->content(), format);
        state->partitions.push_back({.topic = std::string(kFileTopic),
                                     .partition = static_cast<int32_t>(state->files.size())});
        state->files.push_back(std::move(*file));
    }
    state->peeked.resize(state->files.size());
    state->paused.resize(state->files.size());
    if (!state->is_finished()) {
        state->peek();
        state->skip_exhausted();
    }
    return std::unique_ptr<FileSource>(new FileSource(std::move(state)));
}

const std::vector<TopicPartition>& FileSource::partitions() const {
    return state_->partitions;
}

Result<RecordBatch> FileSource::poll(const PollLimits& limits) {
    State& state = *state_;
    RecordBatch batch;
    size_t bytes = 0;
    if (!state.is_finished()) {
        state.files[state.current].release_below(state.cutters[state.current].byte_position());
    }
    while (!state.is_finished() && !state.paused[state.current] &&
           batch.records.size() < limits.records_max && bytes <= limits.bytes_max) {
        // The record is always there: skip_exhausted() stops at a file that has one.
        const FileRecord record = state.peeked[state.current].value_or(FileRecord());
        Record& out = batch.records.emplace_back();
        out.partition = state.current;
        out.offset = record.offset;
        out.bytes = record.bytes;
        bytes += record.bytes.size();
        state.peek();
        state.skip_exhausted();
    }
    batch.partitions = state.partition_states();
    batch.is_finished = state.is_finished();
    return batch;
}

void FileSource::set_paused(PartitionIndex partition, bool paused) {
    state_->paused[partition] = paused;
}

void FileSource::positions_are_durable(const std::vector<int64_t>& next_offsets) {
    CHECK(next_offsets.size() == state_->partitions.size(), "one position per partition");
}

}  // namespace spantoll::ingest
