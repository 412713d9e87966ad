#include "store/wal/check.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "store/wal/needed.h"
#include "store/wal/reader.h"

namespace spantoll::store {
namespace {

struct File {
    uint64_t number = 0;
    std::string path;
    uint64_t size = 0;
};

// In the order in which they were written.
std::vector<File> files_of(const std::string& path) {
    std::vector<File> files;
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(path, failed)) {
        const std::string name = entry.path().filename();
        File file{0, entry.path(), entry.file_size(failed)};
        const auto [end, error] =
            std::from_chars(name.data(), name.data() + name.size(), file.number);
        if (error == std::errc() && std::string_view(end) == ".log" && !failed) {
            files.push_back(std::move(file));
        }
    }
    std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
        return a.number < b.number;
    });
    return files;
}

// Where in a file reading stops, and nothing after it is read.
struct Hole {
    size_t file = 0;
    uint64_t offset = 0;
    WalReader::End end = WalReader::End::kWhole;
    uint64_t sequence = 0;    // of the batch that would follow
    bool has_behind = false;  // whole batches follow that do not begin with `sequence`
};

// Walks over the files and finds the first hole that was not there at an earlier start: recovery
// goes on behind a hole where the next file begins with the batch that is due, as it does after a
// start that left the hole out.
class WalWalk {
  public:
    WalWalk(rocksdb::FileSystem& file_system, std::vector<File> files, WalRule rule)
        : file_system_(file_system), files_(std::move(files)), rule_(rule) {}

    Result<void> walk() {
        for (size_t i = 0; i < files_.size(); ++i) {
            if (Result<void> read = read_file(i); !read) {
                return read;
            }
        }
        return {};
    }
    const std::optional<Hole>& hole() const { return hole_; }
    const std::vector<File>& files() const { return files_; }
    std::vector<std::string> take_behind() { return std::move(behind_); }

  private:
    Result<void> read_file(size_t index) {
        Result<WalReader> reader = WalReader::open(file_system_, files_[index].path);
        if (!reader) {
            std::error_code ignored;
            // A running processor no longer needs it.
            return std::filesystem::exists(files_[index].path, ignored)
                       ? Result<void>(tl::make_unexpected(reader.error()))
                       : Result<void>();
        }
        bool is_first = true;
        while (true) {
            const Result<bool> batch = reader->next();
            if (!batch) {
                return tl::make_unexpected(batch.error());
            }
            if (*batch) {
                take(*reader, is_first);
                is_first = false;
                continue;
            }
            note_end(*reader, index);
            is_first = false;
            const Result<bool> goes_on = reader->skip_damage();
            if (!goes_on || !*goes_on) {
                return goes_on ? Result<void>() : tl::make_unexpected(goes_on.error());
            }
        }
    }

    void take(const WalReader& reader, bool is_first) {
        if (hole_ && !hole_->has_behind && is_first && reader.sequence() == hole_->sequence) {
            hole_.reset();
        }
        if (hole_) {
            hole_->has_behind = true;
            if (rule_ == WalRule::kAccepts) {
                behind_.emplace_back(reader.batch());
            }
        }
        next_sequence_ = reader.next_sequence();
    }

    void note_end(const WalReader& reader, size_t index) {
        if (!hole_ && reader.end() != WalReader::End::kWhole) {
            hole_ = Hole{index, reader.end_offset(), reader.end(), next_sequence_, false};
        }
    }

    rocksdb::FileSystem& file_system_;
    const std::vector<File> files_;
    const WalRule rule_;
    std::optional<Hole> hole_;
    uint64_t next_sequence_ = 0;
    std::vector<std::string> behind_;
};

std::string phrase_of(const Hole& hole, const std::vector<File>& files) {
    uint64_t bytes = files[hole.file].size - std::min(files[hole.file].size, hole.offset);
    for (size_t i = hole.file + 1; i < files.size(); ++i) {
        bytes += files[i].size;
    }
    const bool is_torn = hole.end == WalReader::End::kTorn && !hole.has_behind;
    return is_torn ? fmt::format("the last write to {} was cut short at byte {}",
                                 files[hole.file].path,
                                 hole.offset)
                   : fmt::format(
                         "{} is damaged at byte {} ({} bytes of the write-ahead log from "
                         "there on)",
                         files[hole.file].path,
                         hole.offset,
                         bytes);
}

// Empty where those that are needed are there. `needed` is from before the files were listed.
std::string phrase_of_missing(const WalsNeeded& needed,
                              const std::vector<File>& files,
                              const std::string& path) {
    std::string phrase;
    for (const uint64_t number : needed.synced) {
        const bool is_there =
            std::ranges::any_of(files, [&](const File& file) { return file.number == number; });
        if (!is_there) {
            phrase =
                fmt::format("{}/{:06}.log is missing, a file of the write-ahead log", path, number);
            break;
        }
    }
    const uint64_t newest = files.empty() ? 0 : files.back().number;
    if (newest < needed.newest) {
        phrase += fmt::format("{}{}/{:06}.log or a later file of the write-ahead log is missing",
                              phrase.empty() ? "" : ", and ",
                              path,
                              needed.newest);
    }
    return phrase;
}

tl::unexpected<Error> refuse(const std::string& phrase, WalRule rule) {
    return failure(ErrorKind::kDisk, with_advice(phrase, rule));
}

Result<void> cut_off(rocksdb::FileSystem& file_system, const TornEnd& torn_end) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status = file_system.ReopenWritableFile(torn_end.path, {}, &file, nullptr);
    if (status.ok()) {
        status = file->Truncate(torn_end.offset, {}, nullptr);
    }
    if (status.ok()) {
        status = file->Fsync({}, nullptr);
    }
    if (status.ok()) {
        status = file->Close({}, nullptr);
    }
    return status.ok() ? Result<void>()
                       : failure(ErrorKind::kDisk,
                                 fmt::format("cannot cut off the last write to {}, which was cut "
                                             "short: {}: see to the disk and start again",
                                             torn_end.path,
                                             status.ToString()));
}

}  // namespace

std::string with_advice(const std::string& phrase, WalRule rule) {
    switch (rule) {
        case WalRule::kGoesBack:
            return phrase +
                   ": restore a backup, or move the directory away and have the log read again";
        case WalRule::kRefuses:
            return phrase +
                   ": records that were answered 202 may be lost. Restore a backup, or go "
                   "on without what cannot be read: run --accept-gap";
        case WalRule::kAccepts:
            break;
    }
    return phrase + ": restore a backup";
}

Result<WalFindings> check_wal(rocksdb::FileSystem& file_system,
                              const std::string& path,
                              WalRule rule) {
    WalsNeeded needed = wals_needed(file_system, path);
    WalWalk walk(file_system, files_of(path), rule);
    std::string missing = phrase_of_missing(needed, walk.files(), path);
    if (!missing.empty()) {
        // A process that writes may have stopped needing one before the files were listed.
        const WalsNeeded later = wals_needed(file_system, path);
        std::erase_if(needed.synced, [&](uint64_t one) { return !later.synced.contains(one); });
        missing = phrase_of_missing(needed, walk.files(), path);
    }
    if (!missing.empty() && rule != WalRule::kAccepts) {
        return refuse(missing, rule);
    }
    if (Result<void> read = walk.walk(); !read) {
        return tl::make_unexpected(read.error());
    }
    const std::optional<Hole>& found = walk.hole();
    if (!found) {
        WalFindings whole;
        whole.left_out = missing;
        whole.is_damaged = !missing.empty();
        return whole;
    }
    const Hole& hole = *found;
    WalFindings findings;
    findings.left_out = phrase_of(hole, walk.files()) + (missing.empty() ? "" : ", and " + missing);
    findings.is_damaged = hole.end != WalReader::End::kTorn || hole.has_behind || !missing.empty();
    if (!findings.is_damaged && !needed.synced.contains(walk.files()[hole.file].number)) {
        findings.torn_end = TornEnd{walk.files()[hole.file].path, hole.offset};
    }
    // RocksDB would go on with the next file as if nothing were missing.
    const bool is_stepped_over = hole.end == WalReader::End::kHidden &&
                                 (hole.has_behind || hole.file + 1 < walk.files().size());
    if ((rule == WalRule::kRefuses && findings.is_damaged) ||
        (rule == WalRule::kGoesBack && is_stepped_over)) {
        return refuse(rule == WalRule::kGoesBack
                          ? findings.left_out + ", and what lies behind it was taken in"
                          : findings.left_out,
                      rule);
    }
    findings.behind = walk.take_behind();
    return findings;
}

Result<WalFindings> mend_wal(rocksdb::FileSystem& file_system,
                             const std::string& path,
                             WalRule rule) {
    Result<WalFindings> findings = check_wal(file_system, path, rule);
    if (!findings || !findings->torn_end) {
        return findings;
    }
    // What looks torn may be what another process is writing.
    rocksdb::FileLock* lock = nullptr;
    if (!file_system.LockFile(path + "/LOCK", {}, &lock, nullptr).ok()) {
        return findings;
    }
    findings = check_wal(file_system, path, rule);
    if (findings && findings->torn_end) {
        if (Result<void> cut = cut_off(file_system, *findings->torn_end); !cut) {
            findings = tl::make_unexpected(cut.error());
        }
    }
    file_system.UnlockFile(lock, {}, nullptr).PermitUncheckedError();
    return findings;
}

}  // namespace spantoll::store
