#include "store/crashed_records.h"

#include <filesystem>
#include <memory>
#include <optional>

#include "store/column_families.h"
#include "store/database.h"
#include "store/disk_space.h"
#include "store/format.h"
#include "store/keys.h"
#include "store/record_codec.h"
#include "store/store_memory.h"

namespace spantoll::store {
namespace {

Result<CrashedRecords> crashed_records_of(Database& database) {
    CrashedRecords records;
    Result<void> outcome;
    Result<void> read = database.scan(
        {static_cast<size_t>(Family::kDead), std::string(kDeadPrefix), after_prefix(kDeadPrefix)},
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

}  // namespace

Result<CrashedRecords> read_crashed_records(const std::string& directory) {
    const std::string path = directory + "/state";
    if (!std::filesystem::exists(path)) {
        return CrashedRecords{};
    }
    const Result<DiskSpace> space = DiskSpace::of(path);
    if (!space) {
        return tl::make_unexpected(space.error());
    }
    const Result<std::unique_ptr<Database>> database = Database::open_view(
        {path, database_options(space->budget()), state_families(space->budget()), false, nullptr});
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    return read_format(**database).and_then([&](const FormatRecord&) {
        return crashed_records_of(**database);
    });
}

}  // namespace spantoll::store
