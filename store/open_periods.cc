#include "store/open_periods.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/column_families.h"
#include "store/keys.h"
#include "store/store_memory.h"
#include "window/calendar.h"

namespace spantoll::store {
namespace {

// MultiGet sorts and reads this many rows at once.
constexpr size_t kRowsAtOnce = 1024;

constexpr size_t place(Family family) {
    return static_cast<size_t>(family);
}

struct LabelledPeriod {
    std::string label;
    Period period;
};

// Every label of the index once, by leaping from one to the next.
Result<std::vector<LabelledPeriod>> indexed_periods(Database& database, int64_t end_after_ms) {
    std::vector<LabelledPeriod> periods;
    const std::unique_ptr<rocksdb::Iterator> rows(
        database.db().NewIterator({}, database.family(place(Family::kIndex))));
    for (rows->Seek(rocksdb::Slice(kIndexPrefix)); rows->Valid();) {
        const std::optional<IndexKey> key = parse_index_key(rows->key().ToStringView());
        const std::optional<Period> period = decode_index(rows->value().ToStringView());
        if (!key || !period) {
            return broken_row(rows->key().ToStringView());
        }
        const std::string label(key->label);
        if (window::period_end_ms(*period) > end_after_ms) {
            periods.push_back({label, *period});
        }
        rows->Seek(after_prefix(index_prefix(label)));
    }
    if (!rows->status().ok()) {
        return database.error("read", rows->status());
    }
    return periods;
}

// Reads the rows of the accounts and clears the list.
Result<void> visit_accounts(Database& database,
                            const LabelledPeriod& of,
                            std::vector<std::string>& accounts,
                            const VisitPeriod& visit) {
    std::vector<std::string> keys(accounts.size());
    std::vector<rocksdb::Slice> slices;
    for (size_t i = 0; i < accounts.size(); ++i) {
        put_fedcost_key(keys[i], accounts[i], of.label);
        slices.emplace_back(keys[i]);
    }
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    // The index is in order of account, and '-' sorts before the '/' that ends an account in a key.
    constexpr bool kSorted = false;
    database.db().MultiGet({},
                           database.family(place(Family::kCost)),
                           keys.size(),
                           slices.data(),
                           values.data(),
                           statuses.data(),
                           kSorted);
    for (size_t i = 0; i < keys.size(); ++i) {
        if (statuses[i].IsNotFound()) {
            continue;
        }
        if (!statuses[i].ok()) {
            return database.error("read", statuses[i]);
        }
        std::optional<PeriodRecord> record = decode_period(values[i].ToStringView());
        if (!record) {
            return broken_row(keys[i]);
        }
        visit({accounts[i], of.label, of.period, std::move(*record)});
    }
    accounts.clear();
    return {};
}

Result<void> visit_period(Database& database, const LabelledPeriod& of, const VisitPeriod& visit) {
    const std::string begin = index_prefix(of.label);
    std::vector<std::string> accounts;
    Result<void> outcome;
    Result<void> read = database.scan(
        {place(Family::kIndex), begin, after_prefix(begin)}, [&](auto key, auto /*value*/) {
            accounts.emplace_back(key.substr(begin.size()));
            if (accounts.size() == kRowsAtOnce) {
                outcome = visit_accounts(database, of, accounts, visit);
            }
            return outcome.has_value();
        });
    if (!read || !outcome) {
        return read ? outcome : read;
    }
    return visit_accounts(database, of, accounts, visit);
}

}  // namespace

Result<void> visit_fedcost(Database& database, int64_t end_after_ms, const VisitPeriod& visit) {
    const Result<std::vector<LabelledPeriod>> periods = indexed_periods(database, end_after_ms);
    if (!periods) {
        return tl::make_unexpected(periods.error());
    }
    for (const LabelledPeriod& of : *periods) {
        if (Result<void> visited = visit_period(database, of, visit); !visited) {
            return visited;
        }
    }
    return {};
}

Result<void> visit_windows(Database& database, int64_t end_after_ms, const VisitPeriod& visit) {
    Result<void> outcome;
    const auto row = [&](std::string_view key, std::string_view value) {
        const std::optional<AccountKey> cut = parse_account_key(kWindowPrefix, key);
        std::optional<PeriodRecord> record = decode_period(value);
        if (!cut || !record || !record->window) {
            outcome = broken_row(key);
            return false;
        }
        const Period period = *record->window;
        if (window::period_end_ms(period) > end_after_ms) {
            visit({cut->account, cut->rest, period, std::move(*record)});
        }
        return true;
    };
    Result<void> read = database.scan(
        {place(Family::kCost), std::string(kWindowPrefix), after_prefix(kWindowPrefix)}, row);
    return read ? outcome : read;
}

Result<WatermarkRow> read_watermark(Database& database) {
    std::string value;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(place(Family::kMeta)), rocksdb::Slice(kWatermarkKey), &value);
    if (status.IsNotFound()) {
        return WatermarkRow{};
    }
    if (!status.ok()) {
        return database.error("read", status);
    }
    const std::optional<WatermarkRow> row = decode_watermark(value);
    if (!row) {
        return broken_row(kWatermarkKey);
    }
    return *row;
}

int64_t closed_ms(const WatermarkRow& watermark) {
    return watermark.closed_pane == kUnset ? kUnset : watermark.closed_pane * kMinuteMs;
}

}  // namespace spantoll::store
