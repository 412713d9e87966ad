#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "schemas/error.h"

namespace rocksdb {
class FileSystem;
}

namespace spantoll::store {

struct LogRecord {
    int64_t offset = 0;
    int64_t append_ms = 0;
    std::string content_type;
    std::string bytes;
    std::string set = {};  // as in ingest/posted_as.h
};

// What is done about a write-ahead log that is damaged: records that were answered may be in it. A
// torn end is not damage, because its write was never answered.
enum class TopicDamage : uint8_t {
    kRefused,   // open() fails with kDisk, and says what can be done
    kAccepted,  // a person accepts the gap: all that can be read is kept
};

struct TopicLogOptions {
    std::string directory;  // DIR/topic lives below
    int64_t retention_ms = 7LL * 24 * 3600 * 1000;
    uint64_t retention_mb = 10'240;
    bool create_if_missing = true;
    bool read_only = false;  // replay --from-data: a view, so that a processor may run on it
    std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;
    TopicDamage damage = TopicDamage::kRefused;
};

// The embedded topic: one partition, an append-only log with offsets from 0 and append times that
// never go back, in a RocksDB of its own. Appends of many threads share one fsync (group commit);
// a reader sees only what is synced. Retention by age and size removes the oldest records.
//
// Threads: append() from any; read() from one reader at a time; the rest from any.
class TopicLog {
  public:
    static Result<std::unique_ptr<TopicLog>> open(const TopicLogOptions& options);
    ~TopicLog();
    TopicLog(const TopicLog&) = delete;
    TopicLog& operator=(const TopicLog&) = delete;

    struct Appending {
        std::string content_type;
        std::string bytes;
        std::string set = {};
    };
    struct Appended {
        int64_t first_offset = 0;
        int64_t append_ms = 0;
    };
    // Returns when the records are on disk (fsync). kDisk: nothing of this call may be relied on.
    // kUnavailable: the queue of waiting appends is full, or the log is at its size limit and its
    // oldest record has not been consumed: try again later.
    Result<Appended> append(std::vector<Appending> records, int64_t now_ms);

    // Records from `offset` on, up to the synced end; waits at most wait_ms for a first one. kDisk
    // at the end once an append has failed for the disk: the log must be opened again.
    Result<std::vector<LogRecord>> read(int64_t offset,
                                        size_t records_max,
                                        size_t bytes_max,
                                        int64_t wait_ms);

    // What was accepted, in one phrase; empty where nothing is damaged. Offsets that were lost are
    // missing among those of the records, or at the end.
    const std::string& accepted_damage() const;

    int64_t begin_offset() const;  // of the oldest record kept
    int64_t end_offset() const;    // one past the newest synced record

    // A copy of the log in a directory that is not there yet, with all records that were answered
    // before this was called; see Database::checkpoint().
    Result<void> checkpoint(const std::string& directory);

    // Everything below is committed by the consumer: retention may remove it. Nothing at or above
    // is ever removed.
    void set_consumed(int64_t next_offset);
    Result<void> enforce_retention(int64_t now_ms);

  private:
    struct State;
    explicit TopicLog(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace spantoll::store
