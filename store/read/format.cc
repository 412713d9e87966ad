#include "store/read/format.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <rocksdb/write_batch.h>

#include "store/codec/keys.h"
#include "store/database/checkpoint.h"
#include "store/database/column_families.h"
#include "store/database/store_counters.h"
#include "store/read/journal.h"
#include "store/read/kind_removal.h"
#include "store/read/period_migration.h"

namespace spantoll::store {
namespace {

using Kinds = std::vector<AccountKind>;

std::string text_of(const Kinds& kinds) {
    std::vector<std::string> texts;
    for (const AccountKind& kind : kinds) {
        std::vector<std::string_view> names;
        names.reserve(kind.dimensions.size());
        for (const Dimension dimension : kind.dimensions) {
            names.push_back(name_of(dimension));
        }
        texts.push_back(fmt::format("{} = [{}]", kind.name, fmt::join(names, ", ")));
    }
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

// Those of `kinds` that are not in `others`, or differ there.
Kinds missing(const Kinds& kinds, const Kinds& others) {
    Kinds result;
    std::copy_if(kinds.begin(), kinds.end(), std::back_inserter(result), [&](const auto& kind) {
        return std::find(others.begin(), others.end(), kind) == others.end();
    });
    return result;
}

bool is_named(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Of the kinds that the configuration has no more, or in another way, those that nobody dropped.
Kinds kept_by_mistake(const Kinds& gone, const StoreOptions& options) {
    Kinds kept;
    std::copy_if(gone.begin(), gone.end(), std::back_inserter(kept), [&](const auto& kind) {
        return !is_named(options.dropped_kinds, kind.name);
    });
    return kept;
}

tl::unexpected<Error> refuse_kinds(const Kinds& kept,
                                   const FormatRecord& record,
                                   const Kinds& now) {
    const Kinds others = missing(now, record.kinds);
    Kinds instead;
    std::copy_if(others.begin(), others.end(), std::back_inserter(instead), [&](const auto& kind) {
        return std::any_of(
            kept.begin(), kept.end(), [&](const auto& old) { return old.name == kind.name; });
    });
    return failure(ErrorKind::kConfig,
                   fmt::format("[accounts] kinds: the store has {}, the configuration {}: put "
                               "it back, or start `spantoll run` once with --drop-kind {}, which "
                               "removes its accounts with their rows",
                               text_of(kept),
                               instead.empty() ? "has it no more" : "has " + text_of(instead),
                               kept.front().name));
}

// A kind that was dropped by name must not be configured as it is in the store.
Result<void> check_dropped(const StoreOptions& options, const FormatRecord& record) {
    for (const AccountKind& kind : options.kinds) {
        const bool is_known =
            std::find(record.kinds.begin(), record.kinds.end(), kind) != record.kinds.end();
        if (is_known && is_named(options.dropped_kinds, kind.name)) {
            return failure(ErrorKind::kUsage,
                           fmt::format("--drop-kind {0}: [accounts] kinds still has {0}: take it "
                                       "out of the configuration first",
                                       kind.name));
        }
    }
    return {};
}

// Nothing but META/FORMAT, on disk when it returns.
Result<void> write_format(Database& database,
                          const FormatRecord& record,
                          rocksdb::WriteBatch& batch) {
    RecordEncoder encoder;
    rocksdb::Status status = batch.Put(database.family(index_of(Family::kMeta)),
                                       rocksdb::Slice(kFormatKey),
                                       rocksdb::Slice(encoder.format(record)));
    rocksdb::WriteOptions synced;
    synced.sync = true;
    if (status.ok()) {
        status = database.db().Write(synced, &batch);
    }
    if (!status.ok()) {
        return database.error("write", status);
    }
    return {};
}

// META/FORMAT is a store's first row: where it is missing, the store must be empty.
Result<void> check_empty(Database& database) {
    Result<void> outcome;
    for (size_t family = 0; family < kFamilyCount && database.has_family(family); ++family) {
        Result<void> read = database.scan({family, {}, {}}, [&](auto /*key*/, auto /*value*/) {
            outcome = missing_row(kFormatKey);
            return false;
        });
        if (!read || !outcome) {
            return read ? outcome : read;
        }
    }
    return {};
}

Result<std::optional<FormatRecord>> find_format(Database& database) {
    std::string value;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(index_of(Family::kMeta)), rocksdb::Slice(kFormatKey), &value);
    if (status.IsNotFound()) {
        return check_empty(database).map([] { return std::optional<FormatRecord>(); });
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    std::optional<FormatRecord> record = decode_format(value);
    if (!record || record->version > kFormatVersion) {
        return failure(
            ErrorKind::kConfig,
            fmt::format("the store was written by a newer spantoll (format {}, this one reads up "
                        "to {}): use that version or another --data",
                        record ? std::to_string(record->version) : "unknown",
                        kFormatVersion));
    }
    return record;
}

}  // namespace

Result<FormatRecord> read_format(Database& database) {
    return find_format(database).and_then(
        [](std::optional<FormatRecord> found) -> Result<FormatRecord> {
            if (!found) {
                return failure(ErrorKind::kUsage,
                               "the store is empty, nothing was ever written to it: name another "
                               "--data");
            }
            return std::move(*found);
        });
}

Result<void> check_version(Database& database) {
    return find_format(database).map([](const auto& /*found*/) {});
}

Result<void> check_format(Database& database, const StoreOptions& options) {
    const Result<std::optional<FormatRecord>> found = find_format(database);
    if (!found) {
        return tl::make_unexpected(found.error());
    }
    const std::optional<FormatRecord>& stored = *found;
    const bool is_same = !stored || (stored->periods == options.periods &&
                                     stored->kinds.size() == options.kinds.size() &&
                                     missing(stored->kinds, options.kinds).empty());
    return is_same ? Result<void>()
                   : failure(ErrorKind::kConfig,
                             "periods and [accounts] kinds are others than those of the store: "
                             "stop and start with them");
}

// The store as it was, for whoever has to go back to the version that wrote it. What is there
// already is of a start that did not come to raise the format.
Result<void> keep_before_raising(Database& database,
                                 const StoreOptions& options,
                                 const FormatRecord& record) {
    const std::string kept = fmt::format("{}/state-format-{}", options.directory, record.version);
    std::error_code failed;
    return std::filesystem::exists(kept, failed) ? Result<void>() : checkpoint(database, kept);
}

Result<FormatRecord> migrate_format(Database& database, const StoreOptions& options) {
    Result<std::optional<FormatRecord>> found = find_format(database);
    if (!found) {
        return tl::make_unexpected(found.error());
    }
    rocksdb::WriteBatch batch;
    std::optional<FormatRecord>& known = *found;
    if (!known) {
        FormatRecord made{kFormatVersion,
                          options.dedup_seed_if_new,
                          options.kinds,
                          options.periods,
                          options.zone};
        return write_format(database, made, batch).map([&] { return std::move(made); });
    }
    FormatRecord record = std::move(*known);
    const Kinds gone = missing(record.kinds, options.kinds);
    if (const Kinds kept = kept_by_mistake(gone, options); !kept.empty()) {
        return refuse_kinds(kept, record, options.kinds);
    }
    if (Result<void> checked = check_dropped(options, record); !checked) {
        return tl::make_unexpected(checked.error());
    }
    if (record.zone != options.zone) {
        return failure(
            ErrorKind::kConfig,
            fmt::format("[time] zone is not the one that the store was made with: it has "
                        "\"{}\", the configuration \"{}\": put it back, or start with "
                        "another --data",
                        record.zone.name(),
                        options.zone.name()));
    }
    const bool are_moved = record.periods != options.periods;
    const bool are_others = !gone.empty() || record.kinds.size() != options.kinds.size();
    if (!are_moved && !are_others && record.version == kFormatVersion) {
        return record;
    }
    Result<void> moved;
    if (record.version < kFormatVersion) {
        moved = keep_before_raising(database, options, record);
    }
    if (are_moved || !gone.empty()) {
        // The journal is about the rows as they were made.
        moved = moved.and_then([&] { return fold_journal(database); });
    }
    for (const AccountKind& kind : gone) {
        moved = moved.and_then([&] { return remove_kind(database, kind.name); });
    }
    if (are_moved) {
        moved = moved.and_then([&] {
            return migrate_periods(database,
                                   {configured_windows(record.periods, record.zone),
                                    configured_windows(options.periods, options.zone),
                                    AccountKinds(options.kinds, options.short_lived)},
                                   batch);
        });
    }
    record.periods = options.periods;
    record.kinds = options.kinds;
    // Older rows can still be read, and are written in the new form with their next change.
    record.version = kFormatVersion;
    return moved.and_then([&] { return write_format(database, record, batch); }).map([&] {
        return record;
    });
}

}  // namespace spantoll::store
