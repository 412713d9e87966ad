#include "store/files/fault_file_system.h"

#include <algorithm>
#include <csignal>
#include <string>
#include <unistd.h>
#include <utility>

#include <rocksdb/file_system.h>

namespace spantoll::store {
namespace {

using rocksdb::FileOptions;
using rocksdb::FSRandomAccessFile;
using rocksdb::FSSequentialFile;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus status_of(Fault fault, const std::string& file) {
    return fault == Fault::kNoSpace ? IOStatus::NoSpace("No space left on device", file)
                                    : IOStatus::IOError("Input/output error", file);
    // IOStatus owns its text; the analyzer loses sight of it in RocksDB's header.
}  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
  public:
    FaultyFile(std::unique_ptr<FSWritableFile> file,
               std::string name,
               std::shared_ptr<FaultSwitch> faults)
        : FSWritableFileOwnerWrapper(std::move(file)),
          name_(std::move(name)),
          is_wal_(name_.ends_with(".log")),
          faults_(std::move(faults)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        if (is_wal_ && faults_->is_killing()) {
            die_half_way(data, options, debug);
        }
        const FaultSwitch::WriteVerdict verdict = faults_->judge_write(data.size());
        const IOStatus written =
            target()->Append(Slice(data.data(), verdict.written), options, debug);
        return verdict.fault && written.ok() ? status_of(*verdict.fault, name_) : written;
    }
    IOStatus Append(const Slice& data,
                    const IOOptions& options,
                    const rocksdb::DataVerificationInfo& /*checksum*/,
                    IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        const std::optional<Fault> fault = faults_->judge_sync();
        return fault ? status_of(*fault, name_) : target()->Sync(options, debug);
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        const std::optional<Fault> fault = faults_->judge_sync();
        return fault ? status_of(*fault, name_) : target()->Fsync(options, debug);
    }

  private:
    void die_half_way(const Slice& data, const IOOptions& options, IODebugContext* debug) {
        target()
            ->Append(Slice(data.data(), data.size() / 2), options, debug)
            .PermitUncheckedError();
        kill(getpid(), SIGKILL);
        pause();
    }

    // Constant after construction.
    std::string name_;
    bool is_wal_;
    std::shared_ptr<FaultSwitch> faults_;
};

// A table.
class FaultyTable final : public rocksdb::FSRandomAccessFileOwnerWrapper {
  public:
    FaultyTable(std::unique_ptr<FSRandomAccessFile> file,
                std::string name,
                std::shared_ptr<FaultSwitch> faults)
        : FSRandomAccessFileOwnerWrapper(std::move(file)),
          name_(std::move(name)),
          faults_(std::move(faults)) {}

    IOStatus Read(uint64_t offset,
                  size_t size,
                  const IOOptions& options,
                  Slice* result,
                  char* scratch,
                  IODebugContext* debug) const override {
        return faults_->fails_read()
                   ? status_of(Fault::kIoError, name_)
                   : target()->Read(offset, size, options, result, scratch, debug);
    }
    IOStatus MultiRead(rocksdb::FSReadRequest* requests,
                       size_t count,
                       const IOOptions& options,
                       IODebugContext* debug) override {
        return faults_->fails_read() ? status_of(Fault::kIoError, name_)
                                     : target()->MultiRead(requests, count, options, debug);
    }

  private:
    // Constant after construction.
    std::string name_;
    std::shared_ptr<FaultSwitch> faults_;
};

// A write-ahead log, a manifest, or what is read once.
class FaultySequence final : public rocksdb::FSSequentialFileOwnerWrapper {
  public:
    FaultySequence(std::unique_ptr<FSSequentialFile> file,
                   std::string name,
                   std::shared_ptr<FaultSwitch> faults)
        : FSSequentialFileOwnerWrapper(std::move(file)),
          name_(std::move(name)),
          faults_(std::move(faults)) {}

    IOStatus Read(size_t size,
                  const IOOptions& options,
                  Slice* result,
                  char* scratch,
                  IODebugContext* debug) override {
        return faults_->fails_read() ? status_of(Fault::kIoError, name_)
                                     : target()->Read(size, options, result, scratch, debug);
    }

  private:
    // Constant after construction.
    std::string name_;
    std::shared_ptr<FaultSwitch> faults_;
};

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
  public:
    explicit FaultFileSystem(std::shared_ptr<FaultSwitch> faults)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(std::move(faults)) {}

    const char* Name() const override { return "spantoll.fault"; }

    IOStatus NewWritableFile(const std::string& name,
                             const FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file,
                             IODebugContext* debug) override {
        return wrapped(target()->NewWritableFile(name, options, file, debug), name, file);
    }
    IOStatus ReopenWritableFile(const std::string& name,
                                const FileOptions& options,
                                std::unique_ptr<FSWritableFile>* file,
                                IODebugContext* debug) override {
        return wrapped(target()->ReopenWritableFile(name, options, file, debug), name, file);
    }
    IOStatus NewRandomAccessFile(const std::string& name,
                                 const FileOptions& options,
                                 std::unique_ptr<FSRandomAccessFile>* file,
                                 IODebugContext* debug) override {
        if (faults_->fails_read()) {
            return status_of(Fault::kIoError, name);
        }
        IOStatus opened = target()->NewRandomAccessFile(name, options, file, debug);
        if (opened.ok()) {
            *file = std::make_unique<FaultyTable>(std::move(*file), name, faults_);
        }
        return opened;
    }
    IOStatus NewSequentialFile(const std::string& name,
                               const FileOptions& options,
                               std::unique_ptr<FSSequentialFile>* file,
                               IODebugContext* debug) override {
        if (faults_->fails_read()) {
            return status_of(Fault::kIoError, name);
        }
        IOStatus opened = target()->NewSequentialFile(name, options, file, debug);
        if (opened.ok()) {
            *file = std::make_unique<FaultySequence>(std::move(*file), name, faults_);
        }
        return opened;
    }

  private:
    IOStatus wrapped(IOStatus opened,
                     const std::string& name,
                     std::unique_ptr<FSWritableFile>* file) {
        if (opened.ok()) {
            *file = std::make_unique<FaultyFile>(std::move(*file), name, faults_);
        }
        return opened;
    }

    std::shared_ptr<FaultSwitch> faults_;
};

}  // namespace

void FaultSwitch::fail_writes_after(Fault fault, uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    write_fault_ = fault;
    bytes_left_ = bytes;
}

void FaultSwitch::fail_syncs_after(Fault fault, uint64_t syncs) {
    const std::lock_guard lock(mutex_);
    sync_fault_ = fault;
    syncs_left_ = syncs;
}

void FaultSwitch::fail_reads_after(uint64_t reads, Lasting lasting) {
    const std::lock_guard lock(mutex_);
    read_fault_ = lasting;
    reads_left_ = reads;
}

uint64_t FaultSwitch::reads() const {
    const std::lock_guard lock(mutex_);
    return reads_;
}

uint64_t FaultSwitch::failed_reads() const {
    const std::lock_guard lock(mutex_);
    return failed_reads_;
}

void FaultSwitch::kill_in_wal_append() {
    const std::lock_guard lock(mutex_);
    kills_ = true;
}

void FaultSwitch::heal() {
    const std::lock_guard lock(mutex_);
    write_fault_.reset();
    sync_fault_.reset();
    read_fault_.reset();
    reads_ = 0;
    failed_reads_ = 0;
    kills_ = false;
}

FaultSwitch::WriteVerdict FaultSwitch::judge_write(uint64_t size) {
    const std::lock_guard lock(mutex_);
    if (!write_fault_) {
        return {size, std::nullopt};
    }
    const uint64_t written = std::min(size, bytes_left_);
    bytes_left_ -= written;
    return {written, written < size ? write_fault_ : std::nullopt};
}

std::optional<Fault> FaultSwitch::judge_sync() {
    const std::lock_guard lock(mutex_);
    if (!sync_fault_ || syncs_left_ > 0) {
        syncs_left_ -= syncs_left_ > 0 ? 1 : 0;
        return std::nullopt;
    }
    return sync_fault_;
}

bool FaultSwitch::fails_read() {
    const std::lock_guard lock(mutex_);
    ++reads_;
    if (!read_fault_) {
        return false;
    }
    if (reads_left_ > 0) {
        --reads_left_;
        return false;
    }
    if (*read_fault_ == Lasting::kOnce) {
        read_fault_.reset();
    }
    ++failed_reads_;
    return true;
}

bool FaultSwitch::is_killing() const {
    const std::lock_guard lock(mutex_);
    return kills_;
}

std::shared_ptr<rocksdb::FileSystem> make_fault_file_system(std::shared_ptr<FaultSwitch> faults) {
    return std::make_shared<FaultFileSystem>(std::move(faults));
}

}  // namespace spantoll::store
