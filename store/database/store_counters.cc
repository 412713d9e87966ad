#include "store/database/store_counters.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "store/codec/keys.h"
#include "store/database/column_families.h"

namespace spantoll::store {
namespace {

Database::Range prefixed(Family family, std::string_view prefix) {
    return {index_of(family), std::string(prefix), after_prefix(prefix)};
}

// A store without any commit has only the row META/FORMAT.
Result<void> check_fresh(Database& database) {
    Result<void> outcome;
    Result<void> read =
        database.scan({index_of(Family::kMeta), {}, {}}, [&](auto key, auto /*value*/) {
            if (key != kFormatKey && key != kRunningKey) {
                outcome = missing_row(kNextKey);
            }
            return outcome.has_value();
        });
    return read ? outcome : read;
}

Result<void> read_next(Database& database, StoreCounters& memory) {
    std::string value;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(index_of(Family::kMeta)), rocksdb::Slice(kNextKey), &value);
    if (status.IsNotFound()) {
        return check_fresh(database);
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    const std::optional<NextRecord> next = decode_next(value);
    if (!next) {
        return broken_row(kNextKey);
    }
    memory.next = *next;
    memory.is_fresh = false;
    return {};
}

Result<void> read_streaks(Database& database, StoreCounters& memory) {
    return database.scan(prefixed(Family::kEnforce, kStreakPrefix), [&](auto key, auto /*value*/) {
        memory.streak_keys.emplace(key);
        return true;
    });
}

Result<void> read_arrivals(Database& database, StoreCounters& memory) {
    Result<void> outcome;
    memory.arrivals_begin = memory.next.sequence;
    Result<void> read =
        database.scan(prefixed(Family::kDead, kArrivalPrefix), [&](auto key, auto value) {
            const std::optional<TextRecord> arrival = decode_text(value);
            const std::optional<uint64_t> sequence = parse_numbered_key(kArrivalPrefix, key);
            if (!arrival || !sequence) {
                outcome = broken_row(key);
                return false;
            }
            memory.arrivals_begin = std::min(memory.arrivals_begin, *sequence);
            memory.dead_letter_bytes += arrival->size;
            return true;
        });
    return read ? outcome : read;
}

// Number of the first row with the prefix, else the first free one.
Result<uint64_t> first_number(Database& database,
                              Family family,
                              std::string_view prefix,
                              uint64_t otherwise) {
    uint64_t first = otherwise;
    Result<void> outcome;
    Result<void> read = database.scan(prefixed(family, prefix), [&](auto key, auto /*value*/) {
        const std::optional<uint64_t> number = parse_numbered_key(prefix, key);
        if (!number) {
            outcome = broken_row(key);
        }
        first = number.value_or(otherwise);
        return false;
    });
    return (read ? outcome : read).map([&] { return first; });
}

}  // namespace

bool StoreCounters::is_configured(const WindowSpec& window) const {
    return std::find(windows.begin(), windows.end(), window) != windows.end();
}

bool StoreCounters::is_short_lived(std::string_view account) const {
    return kinds.is_short_lived(kinds.kind_of(account).value_or(kGlobalKind));
}

tl::unexpected<Error> broken_row(std::string_view key) {
    return failure(ErrorKind::kDisk,
                   fmt::format("row {} of the store cannot be understood: restore a backup", key));
}

tl::unexpected<Error> missing_row(std::string_view key) {
    return failure(ErrorKind::kDisk,
                   fmt::format("row {} of the store is missing: restore a backup", key));
}

Result<std::vector<std::string>> read_meters(Database& database) {
    std::vector<std::string> meters;
    Result<void> outcome;
    Result<void> read =
        database.scan(prefixed(Family::kMeta, kMeterPrefix), [&](auto key, auto value) {
            const std::optional<TextRecord> name = decode_text(value);
            if (!name || parse_numbered_key(kMeterPrefix, key) != meters.size()) {
                outcome = broken_row(key);
                return false;
            }
            meters.push_back(name->text);
            return true;
        });
    return (read ? outcome : read).map([&] { return std::move(meters); });
}

Result<StoreCounters> read_counters(Database& database, const StoreOptions& options) {
    StoreCounters memory;
    Result<std::vector<std::string>> meters = read_meters(database);
    if (!meters) {
        return tl::make_unexpected(meters.error());
    }
    memory.meters = std::move(*meters);
    memory.windows = configured_windows(options.periods, options.zone);
    memory.kinds = AccountKinds(options.kinds, options.short_lived);
    memory.dead_letter_bytes_max = options.retention.dead_letters_mb << 20;
    Result<void> read = read_next(database, memory)
                            .and_then([&] { return read_streaks(database, memory); })
                            .and_then([&] { return read_arrivals(database, memory); });
    if (!read) {
        return tl::make_unexpected(read.error());
    }
    const Result<uint64_t> outbox =
        first_number(database, Family::kOutbox, kOutboxPrefix, memory.next.sequence);
    const Result<uint64_t> decisions =
        first_number(database, Family::kDecisions, kDecisionPrefix, memory.next.sequence);
    if (!outbox || !decisions) {
        return tl::make_unexpected(outbox ? decisions.error() : outbox.error());
    }
    memory.outbox_begin = *outbox;
    memory.decisions_begin = *decisions;
    return memory;
}

}  // namespace spantoll::store
