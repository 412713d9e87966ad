#include "store/read/crashed_records.h"

#include <memory>
#include <optional>
#include <utility>

#include "store/codec/keys.h"
#include "store/codec/partition_rows.h"
#include "store/codec/record_codec.h"
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

Result<RecordsRead> records_read_of(Database& database) {
    return crashed_records_of(database).and_then([&](CrashedRecords&& crashed) {
        return positions_of(database).map([&](std::map<TopicPartition, OffsetRow>&& positions) {
            return RecordsRead{std::move(crashed), std::move(positions)};
        });
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
