#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace rocksdb {
class FileSystem;
}

namespace spantoll::store {

enum class Fault : uint8_t { kNoSpace, kIoError };

// What goes wrong on a disk, for tests: pass make_fault_file_system(faults) to a store and switch.
// Any thread.
class FaultSwitch {
  public:
    // After `bytes` more have been written: as much of a write as fits is written, then it fails.
    void fail_writes_after(Fault fault, uint64_t bytes);
    // After `syncs` more have succeeded.
    void fail_syncs_after(Fault fault, uint64_t syncs);
    // After `reads` more, of any file, or openings of one to be read. They fail as a bad sector
    // does.
    enum class Lasting : uint8_t { kOnce, kForGood };
    void fail_reads_after(uint64_t reads, Lasting lasting);
    // How often something was read since it was made or healed, and how often that failed.
    uint64_t reads() const;
    uint64_t failed_reads() const;
    // The next append to a write-ahead log is cut in half and the process killed by SIGKILL: "in
    // the commit".
    void kill_in_wal_append();
    // Everything works again.
    void heal();

    // For the file system. How many of `size` bytes may be written, and what then follows.
    struct WriteVerdict {
        uint64_t written = 0;
        std::optional<Fault> fault;
    };
    WriteVerdict judge_write(uint64_t size);
    std::optional<Fault> judge_sync();
    bool fails_read();
    bool is_killing() const;

  private:
    mutable std::mutex mutex_;
    // Under mutex_.
    std::optional<Fault> write_fault_;
    uint64_t bytes_left_ = 0;
    std::optional<Fault> sync_fault_;
    uint64_t syncs_left_ = 0;
    std::optional<Lasting> read_fault_;
    uint64_t reads_left_ = 0;
    uint64_t reads_ = 0;
    uint64_t failed_reads_ = 0;
    bool kills_ = false;
};

// The real file system with the faults of the switch.
std::shared_ptr<rocksdb::FileSystem> make_fault_file_system(std::shared_ptr<FaultSwitch> faults);

}  // namespace spantoll::store
