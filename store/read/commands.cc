#include "store/read/commands.h"

#include <memory>
#include <optional>

#include "store/codec/command_row.h"
#include "store/codec/keys.h"
#include "store/database/column_families.h"
#include "store/database/store_counters.h"
#include "store/read/state_view.h"

namespace spantoll::store {
namespace {

Result<void> visit_rows(Database& database,
                        uint64_t from,
                        const std::function<bool(const Command&)>& take) {
    constexpr std::string_view kPrefix = RowKind<Command>::kPrefix;
    const Database::Range rows{static_cast<size_t>(RowKind<Command>::kFamily),
                               numbered_key(kPrefix, from),
                               after_prefix(kPrefix)};
    Result<void> outcome;
    Result<void> read = database.scan(rows, [&](auto key, auto value) {
        const std::optional<Command> row = RowKind<Command>::decode(key, value);
        if (!row) {
            outcome = broken_row(key);
            return false;
        }
        return take(*row);
    });
    return read ? outcome : read;
}

}  // namespace

Result<std::vector<Command>> read_command_rows(Database& database, const SequenceRange& range) {
    std::vector<Command> commands;
    Result<void> read = visit_rows(database, range.first, [&](const Command& command) {
        if (commands.size() < range.max) {
            commands.push_back(command);
        }
        return commands.size() < range.max;
    });
    return read.map([&] { return std::move(commands); });
}

Result<CommandPosition> read_command_position(Database& database) {
    const std::string key = RowKind<CommandPosition>::key({});
    std::string value;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(index_of(RowKind<CommandPosition>::kFamily)), key, &value);
    if (status.IsNotFound()) {
        return CommandPosition{};
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    const std::optional<CommandPosition> row = RowKind<CommandPosition>::decode(key, value);
    return row ? Result<CommandPosition>(*row) : broken_row(key);
}

Result<void> visit_commands(const std::string& directory,
                            uint64_t from,
                            const std::function<bool(const Command&)>& take) {
    const Result<std::unique_ptr<Database>> database = open_state_view(directory);
    if (!database) {
        return tl::make_unexpected(database.error());
    }
    return visit_rows(**database, from, take);
}

}  // namespace spantoll::store
