#include "store/read/period_scan.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/codec/keys.h"
#include "store/database/column_families.h"
#include "store/database/row_iterator.h"
#include "store/database/store_counters.h"
#include "store/read/row_finder.h"
#include "window/calendar.h"

namespace spantoll::store {
namespace {

// This many rows of a period are read at once.
constexpr size_t kRowsAtOnce = 1024;

struct LabelledPeriod {
    std::string label;
    Period period;
};

// Every label of the index once, jumping from one to the next.
Result<std::vector<LabelledPeriod>> indexed_periods(Database& database, int64_t end_after_ms) {
    std::vector<LabelledPeriod> periods;
    std::string begin(kIndexPrefix);
    while (true) {
        const RowIterator rows(database, {index_of(Family::kIndex), begin, {}});
        if (!rows.valid()) {
            return rows.status().ok() ? Result<std::vector<LabelledPeriod>>(std::move(periods))
                                      : database.error("read", rows.status());
        }
        const std::optional<IndexKey> key = parse_index_key(rows.key());
        const std::optional<Period> period = decode_index(rows.value());
        if (!key || !period) {
            return broken_row(rows.key());
        }
        const std::string label(key->label);
        if (window::period_end_ms(*period) > end_after_ms) {
            periods.push_back({label, *period});
        }
        begin = after_prefix(index_prefix(label));
    }
}

// The rows of one open period, by account.
class PeriodRows {
  public:
    PeriodRows(Database& database, const LabelledPeriod& of, const VisitPeriod& visit)
        : database_(database), of_(of), visit_(visit), finder_(database, Family::kCost) {}

    // Of these accounts, about in the order of their keys. The index names them, and a commit that
    // writes an index row writes the period's row too: an account without one has lost it.
    Result<void> visit(const std::vector<std::string>& accounts) {
        keys_.resize(accounts.size());
        for (size_t i = 0; i < accounts.size(); ++i) {
            put_fedcost_key(keys_[i], accounts[i], of_.label);
        }
        return has_history_ ? look_up(accounts) : walk(accounts);
    }

  private:
    // Where accounts have few other rows it is faster to walk over them than to look each one up.
    Result<void> walk(const std::vector<std::string>& accounts) {
        const size_t searches = finder_.searches();
        for (size_t i = 0; i < accounts.size(); ++i) {
            const Result<std::string_view> value = finder_.find(keys_[i]);
            if (!value) {
                return tl::make_unexpected(value.error());
            }
            if (Result<void> taken = take(accounts[i], keys_[i], *value); !taken) {
                return taken;
            }
        }
        has_history_ = finder_.searches() - searches > accounts.size() / kSearchedPartMax;
        return {};
    }

    Result<void> look_up(const std::vector<std::string>& accounts) {
        const std::vector<rocksdb::Slice> slices(keys_.begin(), keys_.end());
        std::vector<rocksdb::PinnableSlice> values(keys_.size());
        std::vector<rocksdb::Status> statuses(keys_.size());
        // The index is in order of account, and '-' sorts before the '/' that ends an account in a
        // key.
        constexpr bool kSorted = false;
        database_.db().MultiGet({},
                                database_.family(index_of(Family::kCost)),
                                keys_.size(),
                                slices.data(),
                                values.data(),
                                statuses.data(),
                                kSorted);
        for (size_t i = 0; i < keys_.size(); ++i) {
            if (!statuses[i].ok() && !statuses[i].IsNotFound()) {
                return database_.error("read", statuses[i]);
            }
            const std::string_view value =
                statuses[i].ok() ? values[i].ToStringView() : std::string_view();
            Result<void> taken = take(accounts[i], keys_[i], value);
            if (!taken) {
                return taken;
            }
        }
        return {};
    }

    Result<void> take(const std::string& account,
                      const std::string& key,
                      std::string_view value) const {
        if (value.empty()) {
            return missing_row(key);
        }
        std::optional<PeriodRecord> record = decode_period(value);
        if (!record) {
            return broken_row(key);
        }
        visit_({account, of_.label, of_.period, std::move(*record)});
        return {};
    }

    // A walk over all rows pays while at least one row in this many is wanted.
    static constexpr size_t kSearchedPartMax = 8;

    Database& database_;
    const LabelledPeriod& of_;
    const VisitPeriod& visit_;
    RowFinder finder_;
    bool has_history_ = false;
    std::vector<std::string> keys_;
};

Result<void> visit_period(Database& database,
                          const LabelledPeriod& of,
                          const WantsAccount& wants,
                          const VisitPeriod& visit) {
    const std::string begin = index_prefix(of.label);
    PeriodRows rows(database, of, visit);
    std::vector<std::string> accounts;
    Result<void> outcome;
    Result<void> read = database.scan({index_of(Family::kIndex), begin, after_prefix(begin)},
                                      [&](auto key, auto /*value*/) {
                                          const auto account = key.substr(begin.size());
                                          if (wants(account)) {
                                              accounts.emplace_back(account);
                                          }
                                          if (accounts.size() == kRowsAtOnce) {
                                              outcome = rows.visit(accounts);
                                              accounts.clear();
                                          }
                                          return outcome.has_value();
                                      });
    if (!read || !outcome) {
        return read ? outcome : read;
    }
    return rows.visit(accounts);
}

}  // namespace

Result<void> visit_fedcost(Database& database,
                           int64_t end_after_ms,
                           const WantsAccount& wants,
                           const VisitPeriod& visit) {
    const Result<std::vector<LabelledPeriod>> periods = indexed_periods(database, end_after_ms);
    if (!periods) {
        return tl::make_unexpected(periods.error());
    }
    for (const LabelledPeriod& of : *periods) {
        if (Result<void> visited = visit_period(database, of, wants, visit); !visited) {
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
        {index_of(Family::kCost), std::string(kWindowPrefix), after_prefix(kWindowPrefix)}, row);
    return read ? outcome : read;
}

Result<WatermarkRow> read_watermark(Database& database) {
    std::string value;
    const rocksdb::Status status = database.db().Get(
        {}, database.family(index_of(Family::kMeta)), rocksdb::Slice(kWatermarkKey), &value);
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
    return watermark.closed_pane.is_set() ? watermark.closed_pane.start_ms() : kUnset;
}

}  // namespace spantoll::store
