#include "store/read/load.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/codec/keys.h"
#include "store/codec/pane_codec.h"
#include "store/codec/warm.h"
#include "store/database/column_families.h"
#include "store/read/period_scan.h"

namespace spantoll::store {
namespace {

Database::Range prefixed(Family family, std::string_view prefix) {
    return {index_of(family), std::string(prefix), after_prefix(prefix)};
}

// Scans the rows with a prefix; `take(key, value)` says whether it understood the row.
template <typename Take>
Result<void> take_rows(Database& database, const Database::Range& range, const Take& take) {
    Result<void> outcome;
    Result<void> read = database.scan(range, [&](auto key, auto value) {
        if (!take(key, value)) {
            outcome = broken_row(key);
        }
        return outcome.has_value();
    });
    return read ? outcome : read;
}

Result<void> load_rollings(Database& database, LoadedState& state) {
    return take_rows(
        database, prefixed(Family::kRolling, kRollingPrefix), [&](auto key, auto value) {
            const std::optional<AccountKey> cut = parse_account_key(kRollingPrefix, key);
            std::optional<RollingRow> row = decode_rolling(value);
            if (!cut || !row) {
                return false;
            }
            row->account = cut->account;
            state.rollings.push_back(std::move(*row));
            return true;
        });
}

Result<void> load_enforces(Database& database,
                           std::string_view prefix,
                           std::vector<EnforceRow>& enforces) {
    return take_rows(database, prefixed(Family::kEnforce, prefix), [&](auto key, auto value) {
        const std::optional<AccountKey> cut = parse_account_key(prefix, key);
        std::optional<EnforceRow> row = decode_enforce(value);
        if (!cut || !row) {
            return false;
        }
        row->account = cut->account;
        row->limit = cut->rest;
        enforces.push_back(std::move(*row));
        return true;
    });
}

// Adds rows of open periods, with names of meters turned into their numbers.
class PeriodLoader {
  public:
    explicit PeriodLoader(const StoreCounters& memory) : memory_(memory) {
        for (const std::string& name : memory.meters) {
            ids_.emplace(name, static_cast<MeterId>(ids_.size()));
        }
    }

    Result<void> load(Database& database, LoadedState& state) {
        const int64_t end_after_ms = closed_ms(state.watermark);
        // Nobody has those of short-lived accounts in memory, and there may be millions.
        const auto wants = [&](std::string_view account) {
            return !memory_.is_short_lived(account);
        };
        const auto add_fedcost = [&](const StoredPeriod& row) {
            // Rows of a period that is no longer configured do not change: WINDOW# has the totals.
            if (memory_.has_fedcost(row.period)) {
                add(row, state);
            }
        };
        const auto add_window = [&](const StoredPeriod& row) {
            if (!memory_.has_fedcost(row.period) || memory_.is_short_lived(row.account)) {
                add(row, state);
            } else {
                state.left_windows.emplace_back(row.account, row.period);
            }
        };
        return visit_fedcost(database, end_after_ms, wants, add_fedcost)
            .and_then([&] { return visit_windows(database, end_after_ms, add_window); })
            .and_then([&] { return outcome_; });
    }

  private:
    void add(const StoredPeriod& row, LoadedState& state) {
        PeriodTotals totals = row.record.totals;
        for (const auto& [name, quantity] : row.record.usage) {
            const auto id = ids_.find(name);
            if (id == ids_.end()) {
                outcome_ = broken_row(std::string(row.account) + ", meter " + name);
                return;
            }
            totals.usage.push_back({id->second, quantity});
        }
        std::ranges::sort(totals.usage, {}, &UsageTotal::meter);  // the row has them as first used
        state.open_periods.emplace_back(row.account, std::pair(row.period, std::move(totals)));
    }

    const StoreCounters& memory_;
    absl::flat_hash_map<std::string_view, MeterId> ids_;
    Result<void> outcome_;
};

Result<void> load_panes(Database& database, LoadedState& state) {
    const Pane open = std::max(state.watermark.closed_pane, Pane(0));
    const Database::Range range{index_of(Family::kPanes), pane_row_key(open, 0), {}};
    Result<void> read = take_rows(database, range, [&](auto key, auto value) {
        const std::optional<PaneRowKey> parsed = parse_pane_row_key(key);
        if (!parsed) {
            return false;
        }
        if (state.open_panes.empty() || state.open_panes.back().first != parsed->pane) {
            state.open_panes.push_back({parsed->pane, {}});
        }
        return decode_pane(value, state.open_panes.back().second);
    });
    for (auto& [pane, entries] : state.open_panes) {
        entries = sum_entries(std::move(entries));
    }
    return read;
}

Result<void> load_dedup(Database& database, LoadedState& state) {
    const Database::Range range{index_of(Family::kDedup), {}, {}};
    return take_rows(database, range, [&](auto key, auto value) {
        const std::optional<PaneRowKey> parsed = parse_pane_row_key(key);
        if (!parsed) {
            return false;
        }
        if (state.dedup.empty() || state.dedup.back().expiry_pane != parsed->pane) {
            state.dedup.push_back({parsed->pane, {}});
        }
        return decode_hashes(value, state.dedup.back().hashes);
    });
}

// Kinds of rows that say everything about themselves (store/codec/row_kind.h).
Result<void> load_lists(Database& database, LoadedState& state) {
    Result<void> outcome;
    RowLists::each(state, [&]<HasRowKind Row>(std::vector<Row>& rows) {
        if (!is_loaded_at_start<Row>()) {
            return;
        }
        const auto take = [&](auto key, auto value) {
            std::optional<Row> row = RowKind<Row>::decode(key, value);
            if (row) {
                rows.push_back(std::move(*row));
            }
            return row.has_value();
        };
        outcome = outcome.and_then([&] {
            return take_rows(
                database, prefixed(RowKind<Row>::kFamily, RowKind<Row>::kPrefix), take);
        });
    });
    return outcome;
}

Result<void> load_running(Database& database, LoadedState& state) {
    const Database::Range range{
        index_of(Family::kMeta), std::string(kRunningKey), after_prefix(kRunningKey)};
    return take_rows(database, range, [&](auto /*key*/, auto value) {
        state.running = decode_running(value);
        return state.running.has_value();
    });
}

Result<void> load_limits(Database& database, LoadedState& state) {
    return take_rows(
        database, prefixed(Family::kMeta, kLimitPrefix), [&](auto /*key*/, auto value) {
            std::optional<Limit> limit = decode_limit(value);
            const std::optional<uint32_t> series = decode_limit_series(value);
            if (limit && series) {
                state.limits.push_back(std::move(*limit));
                state.limit_series.push_back(*series);
            }
            return limit && series;
        });
}

}  // namespace

Result<LoadedLevels> load_levels(Database& database) {
    const Result<WatermarkRow> watermark = read_watermark(database);
    if (!watermark) {
        return tl::make_unexpected(watermark.error());
    }
    LoadedLevels levels;
    levels.watermark = *watermark;
    std::string warm;
    const rocksdb::Status status =
        database.db().Get({},
                          database.family(index_of(RowKind<WarmRow>::kFamily)),
                          rocksdb::Slice(RowKind<WarmRow>::kPrefix),
                          &warm);
    if (!status.ok() && !status.IsNotFound()) {
        return database.error("read", status);
    }
    levels.is_warm = status.ok();
    Result<void> read = load_enforces(database, kEnforcePrefix, levels.enforces);
    return read.map([&] { return std::move(levels); });
}

Result<LoadedState> load_state(Database& database, const StoreCounters& memory) {
    const Result<WatermarkRow> watermark = read_watermark(database);
    if (!watermark) {
        return tl::make_unexpected(watermark.error());
    }
    LoadedState state;
    state.watermark = *watermark;
    state.meters = memory.meters;
    state.next_account_id = memory.next.account_id;
    state.next_sequence = memory.next.sequence;
    state.next_slot = memory.next.slot;
    state.is_fresh = memory.is_fresh;
    // The two that take long, each for a half of the rows.
    std::future<Result<void>> periods =
        std::async(std::launch::async, [&] { return PeriodLoader(memory).load(database, state); });
    Result<void> rollings = load_rollings(database, state);
    Result<void> read =
        periods.get()
            .and_then([&] { return rollings; })
            .and_then([&] { return load_enforces(database, kEnforcePrefix, state.enforces); })
            .and_then([&] { return load_enforces(database, kStreakPrefix, state.enforces); })
            .and_then([&] { return load_panes(database, state); })
            .and_then([&] { return load_dedup(database, state); })
            .and_then([&] { return load_lists(database, state); })
            .and_then([&] { return load_running(database, state); })
            .and_then([&] { return load_limits(database, state); });
    return read.map([&] { return std::move(state); });
}

}  // namespace spantoll::store
