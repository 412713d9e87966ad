#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/database/database.h"
#include "store/files/disk_space.h"
#include "store/topic/log.h"
#include "store/topic/record.h"

namespace spantoll::store {

// The embedded topic's RocksDB: rows, and where they begin and end. No threads, no queue: TopicLog
// has those, and lets one thread at a time call what is not const.
class TopicStorage {
  public:
    static Result<std::unique_ptr<TopicStorage>> open(const TopicLogOptions& options);

    const TopicPosition& position() const { return position_; }

    // One WriteBatch with fsync; on disk when it returns. Append times never go back.
    struct Append {
        const TopicLog::Appending* record = nullptr;
        int64_t now_ms = 0;
    };
    Result<void> append(const std::vector<Append>& group);

    // Rows in [begin, end), at least one where there is one. Beside append() in another thread.
    struct Request {
        int64_t begin = 0;
        int64_t end = 0;
        size_t records_max = 0;
        size_t bytes_max = 0;
    };
    Result<std::vector<LogRecord>> read(const Request& request);

    // The first offset that was appended at `append_ms` or later.
    Result<int64_t> first_appended_at(int64_t append_ms);
    // The first offset from which on the log is no larger than this.
    Result<int64_t> first_within(uint64_t bytes);
    // Damage of the WAL that was left out, in one phrase; empty where there was none.
    const std::string& accepted_damage() const;
    Result<void> checkpoint(const std::string& directory);
    // Everything into tables.
    Result<void> flush();
    // Forgets the records below `begin`. Their files go, as soon as all of a file is below.
    Result<void> cut(int64_t begin);

  private:
    TopicStorage(DiskSpace space, std::unique_ptr<Database> database);
    Result<void> find_position();
    Result<std::pair<int64_t, uint64_t>> head_of(int64_t offset);
    template <typename IsEnough>
    Result<int64_t> first_where(const IsEnough& is_enough);

    DiskSpace space_;
    std::unique_ptr<Database> database_;
    TopicPosition position_;
};

}  // namespace spantoll::store
