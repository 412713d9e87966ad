#include "store/read/crashed_records.h"

#include <memory>
#include <optional>
#include <utility>

#include "store/codec/keys.h"
#include "store/codec/partition_rows.h"
#include "store/codec/record_codec.h"
#include "store/codec/zones.h"
#include "store/database/column_families.h"
#include "store/database/database.h"
#include "store/database/store_counters.h"
#include "store/read/state_view.h"

namespace spantoll::store {
namespace {

Result<CrashedRecords> crashed_records_of(Database& database) {
    CrashedRecords records;
    Result<void> outcome;
    Result<void> read = database.scan(
        {index_of(Family::kDead), std::string(kDeadPrefix), after_prefix(kDeadPrefix)},
        [&](auto key, auto value) {
            const std::optional<DeadKey> position = parse_dead_key(key);
            const auto letter = decode_dead_letter(value);
            if (!position || !letter) {
                outcome = broken_row(key);
                return false;
            }
            if (has_crashed(*letter)) {
                records.emplace(position->partition, position->offset);
            }
            return true;
        });
    return (read ? outcome : read).map([&] { return std::move(records); });
}

Result<std::map<TopicPartition, OffsetRow>> positions_of(Database& database) {
    std::map<TopicPartition, OffsetRow> positions;
    Result<void> outcome;
    constexpr std::string_view kPrefix = RowKind<PartitionOffset>::kPrefix;
    const Database::Range offsets{
        index_of(Family::kMeta), std::string(kPrefix), after_prefix(kPrefix)};
    Result<void> read = database.scan(offsets, [&](auto key, auto value) {
        std::optional<PartitionOffset> row = RowKind<PartitionOffset>::decode(key, value);
        if (!row) {
            outcome = broken_row(key);
            return false;
        }
        positions.insert(std::move(*row));
        return true;
    });
    return (read ? outcome : read).map([&] { return std::move(positions); });
}

Result<std::string> zone_release_of(Database& database) {
    std::string value;
    constexpr std::string_view kKey = RowKind<ZonesRow>::kPrefix;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(static_cast<size_t>(Family::kMeta)), rocksdb::Slice(kKey), &value);
    if (status.IsNotFound()) {
        return std::string();
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    std::optional<ZonesRow> row = RowKind<ZonesRow>::decode(kKey, value);
    if (!row) {
        return broken_row(kKey);
    }
    return std::move(row->release);
}

Result<RecordsRead> records_read_of(Database& database) {
    Result<CrashedRecords> crashed = crashed_records_of(database);
    if (!crashed) {
        return tl::make_unexpected(crashed.error());
    }
    Result<std::map<TopicPartition, OffsetRow>> positions = positions_of(database);
    if (!positions) {
        return tl::make_unexpected(positions.error());
    }
    return zone_release_of(database).map([&](std::string&& release) {
        return RecordsRead{std::move(*crashed), std::move(*positions), std::move(release)};
    });
}

}  // namespace

Result<RecordsRead> read_records_read(const std::string& directory) {
    if (!has_state(directory)) {
        return RecordsRead{};
    }
    const Result<std::unique_ptr<Database>> database = open_state_view(directory);
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    return records_read_of(**database);
}

}  // namespace spantoll::store
