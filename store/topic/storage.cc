#include "store/topic/storage.h"

#include <algorithm>
#include <string_view>

#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include "schemas/check.h"
#include "store/database/checkpoint.h"
#include "store/database/column_families.h"
#include "store/database/store_counters.h"

namespace spantoll::store {
namespace {

enum TopicFamily : uint8_t { kRecords, kPosition };

std::vector<rocksdb::ColumnFamilyDescriptor> topic_families(const DiskBudget& budget) {
    rocksdb::ColumnFamilyOptions records = lookup_family(budget);
    // Records arrive in ascending order and are large: big tables, which move down the levels
    // without being written again, and which are deleted whole.
    records.write_buffer_size = budget.buffer_bytes / 2;
    records.target_file_size_base = std::max<uint64_t>(budget.buffer_bytes / 2, 1 << 20);
    std::vector<rocksdb::ColumnFamilyDescriptor> families{
        {rocksdb::kDefaultColumnFamilyName, records}, {"position", lookup_family(budget)}};
    share_block_cache(families);
    return families;
}

}  // namespace

TopicStorage::TopicStorage(DiskSpace space, std::unique_ptr<Database> database)
    : space_(std::move(space)), database_(std::move(database)) {}

Result<std::unique_ptr<TopicStorage>> TopicStorage::open(const TopicLogOptions& options) {
    const std::string path = options.directory + "/topic";
    Result<DiskSpace> space = DiskSpace::of(path);
    if (!space) {
        return tl::make_unexpected(space.error());
    }
    DatabaseSetup setup{
        path,
        database_options(space->budget()),
        topic_families(space->budget()),
        options.create_if_missing,
        options.file_system,
        options.damage == TopicDamage::kRefused ? WalRule::kRefuses : WalRule::kAccepts};
    // Then no file of the WAL has anything that only a table of the other family has, so a damaged
    // one can be left out.
    setup.options.atomic_flush = true;
    if (Result<void> room = space->check_room(); !room && !options.read_only) {
        return tl::make_unexpected(room.error());
    }
    Result<std::unique_ptr<Database>> database =
        options.read_only ? Database::open_view(setup) : Database::open(setup);
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    std::unique_ptr<TopicStorage> storage(
        new TopicStorage(std::move(*space), std::move(*database)));
    return storage->find_position()
        .and_then([&] {
            // Removes the WAL of an earlier process: nobody could tell that a file of it is
            // missing.
            return options.read_only ? Result<void>() : storage->database_->begin_flush();
        })
        .map([&] { return std::move(storage); });
}

Result<void> TopicStorage::find_position() {
    std::string value;
    const rocksdb::Status status =
        database_->db().Get({}, database_->family(kPosition), rocksdb::Slice(kPositionKey), &value);
    if (!status.ok() && !status.IsNotFound()) {
        return database_->error("read", status);
    }
    if (status.ok()) {
        const std::optional<TopicPosition> stored = decode_position(value);
        if (!stored) {
            return broken_row(kPositionKey);
        }
        position_ = *stored;
    }
    const std::unique_ptr<rocksdb::Iterator> rows(
        database_->db().NewIterator(Database::point_reads(), database_->family(kRecords)));
    rows->SeekToLast();
    if (!rows->Valid()) {
        return rows->status().ok() ? Result<void>() : database_->error("read", rows->status());
    }
    const std::optional<int64_t> offset = parse_topic_key(rows->key().ToStringView());
    const std::optional<TopicRecord> last = parse_topic_record(rows->value().ToStringView());
    if (!offset || !last) {
        return broken_row("of the topic");
    }
    if (*offset >= position_.end) {
        position_.end = *offset + 1;
        position_.append_ms = last->append_ms;
        position_.bytes_end = last->bytes_end;
    }
    return {};
}

Result<void> TopicStorage::append(const std::vector<Append>& group) {
    if (Result<void> usable = database_->health().and_then([&] { return space_.check_room(); });
        !usable) {
        return usable;
    }
    TopicPosition after = position_;
    rocksdb::WriteBatch batch;
    std::string value;
    for (const Append& append : group) {
        after.append_ms = std::max(after.append_ms, append.now_ms);
        TopicRecord record{after.append_ms,
                           after.bytes_end,
                           append.record->content_type,
                           append.record->bytes,
                           append.record->set};
        record.bytes_end += topic_record_size(record);
        after.bytes_end = record.bytes_end;
        put_topic_record(value, record);
        batch.Put(database_->family(kRecords), topic_key(after.end), value).PermitUncheckedError();
        ++after.end;
    }
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = database_->db().Write(synced, &batch);
    if (!status.ok()) {
        return database_->error("write", status);
    }
    position_ = after;
    return {};
}

Result<void> TopicStorage::checkpoint(const std::string& directory) {
    return store::checkpoint(*database_, directory);
}

Result<std::vector<LogRecord>> TopicStorage::read(const Request& request) {
    std::vector<LogRecord> records;
    size_t bytes = 0;
    Result<void> outcome;
    Result<void> read = database_->scan(
        {kRecords, topic_key(request.begin), topic_key(request.end)}, [&](auto key, auto value) {
            const std::optional<int64_t> offset = parse_topic_key(key);
            const std::optional<TopicRecord> record = parse_topic_record(value);
            if (!offset || !record) {
                outcome = broken_row("of the topic");
                return false;
            }
            bytes += record->bytes.size();
            if (records.size() == request.records_max ||
                (!records.empty() && bytes > request.bytes_max)) {
                return false;
            }
            records.push_back({*offset,
                               record->append_ms,
                               std::string(record->content_type),
                               std::string(record->bytes),
                               std::string(record->set)});
            return true;
        });
    return (read ? outcome : read).map([&] { return std::move(records); });
}

// (append_ms, bytes_end) of a record; of the next one where a gap was accepted there, and of the
// end where none follows.
Result<std::pair<int64_t, uint64_t>> TopicStorage::head_of(int64_t offset) {
    std::pair<int64_t, uint64_t> head(position_.append_ms, position_.bytes_end);
    Result<void> outcome;
    Result<void> read =
        database_->scan({kRecords, topic_key(offset), {}}, [&](auto /*key*/, auto value) {
            const std::optional<TopicRecord> record = parse_topic_record(value);
            if (!record) {
                outcome = broken_row("of the topic");
                return false;
            }
            head = {record->append_ms, record->bytes_end};
            return false;
        });
    return (read ? outcome : read).map([&] { return head; });
}

// `is_enough(append_ms, bytes_end)` is true from some record on.
template <typename IsEnough>
Result<int64_t> TopicStorage::first_where(const IsEnough& is_enough) {
    int64_t low = position_.begin;
    int64_t high = position_.end;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const Result<std::pair<int64_t, uint64_t>> head = head_of(middle);
        if (!head) {
            return tl::make_unexpected(head.error());
        }
        if (is_enough(head->first, head->second)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

Result<int64_t> TopicStorage::first_appended_at(int64_t append_ms) {
    return first_where([&](int64_t at_ms, uint64_t /*bytes_end*/) { return at_ms >= append_ms; });
}

Result<int64_t> TopicStorage::first_within(uint64_t bytes) {
    if (position_.bytes_end - position_.bytes_begin <= bytes) {
        return position_.begin;
    }
    // All after the record that ends within: it may be cut itself.
    const Result<int64_t> last_cut = first_where([&](int64_t /*append_ms*/, uint64_t bytes_end) {
        return position_.bytes_end - bytes_end <= bytes;
    });
    return last_cut.map([&](int64_t offset) { return std::min(offset + 1, position_.end); });
}

const std::string& TopicStorage::accepted_damage() const {
    static const std::string none;
    const WalFindings& found = database_->wal_findings();
    return found.is_damaged ? found.left_out : none;
}

Result<void> TopicStorage::flush() {
    return database_->flush();
}

Result<void> TopicStorage::cut(int64_t begin) {
    CHECK(begin <= position_.end, "only what was appended can be forgotten");
    if (begin <= position_.begin) {
        return {};
    }
    const Result<std::pair<int64_t, uint64_t>> last_cut = head_of(begin - 1);
    if (!last_cut) {
        return tl::make_unexpected(last_cut.error());
    }
    TopicPosition after = position_;
    after.begin = begin;
    after.bytes_begin = last_cut->second;
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = database_->db().Put(
        synced, database_->family(kPosition), rocksdb::Slice(kPositionKey), encode_position(after));
    if (!status.ok()) {
        return database_->error("write", status);
    }
    const std::string first_kept = topic_key(begin);
    const rocksdb::Slice end(first_kept);
    // After the fsync, because a file that is removed cannot come back. Removed records that share
    // a file with kept ones stay there, unseen, until all of that file is below.
    const rocksdb::Status deleted = rocksdb::DeleteFilesInRange(
        &database_->db(), database_->family(kRecords), nullptr, &end, false);
    if (!deleted.ok()) {
        return database_->error("write", deleted);
    }
    position_ = after;
    return {};
}

}  // namespace spantoll::store
