#include "store/read/journal.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <span>

#include "schemas/settings.h"
#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/database/store_counters.h"
#include "store/read/format.h"
#include "store/read/row_finder.h"
#include "window/calendar.h"
#include "window/charge_effect.h"
#include "window/charge_journal.h"
#include "window/meter_table.h"

namespace spantoll::store {
namespace {

Database::Range whole_journal() {
    return {index_of(Family::kJournal), std::string(kJournalPrefix), after_prefix(kJournalPrefix)};
}

// What the journal has of an account.
struct AccountSums {
    std::string text;
    std::vector<window::JournalWindow> windows;
    std::vector<int64_t> rolling_minutes;
    std::vector<window::ChargeSum> sums;  // of open panes, which are few

    void add(const window::Charge& charge) {
        for (window::ChargeSum& sum : sums) {
            if (sum.may_add(charge) && is_in_its_windows(sum, charge)) {
                sum.add(charge);
                return;
            }
        }
        sums.emplace_back().set(charge);
    }

  private:
    // Whether a charge to the sum's pane is in the same windows, as those may begin within a pane.
    bool is_in_its_windows(const window::ChargeSum& sum, const window::Charge& charge) const {
        return std::all_of(
            windows.begin(), windows.end(), [&](const window::JournalWindow& window) {
                return !window.window.is_off_minute() ||
                       window.period_at(sum.totals.first_ms) == window.period_at(charge.time_ms);
            });
    }
};

// By the number that names the account in the journal.
using Sums = absl::flat_hash_map<window::AccountIndex, AccountSums>;

// One row after the other; false where the bytes cannot be understood.
bool add_row(std::string_view bytes, Sums& sums) {
    std::optional<window::JournalReader> row = window::JournalReader::open(bytes);
    if (!row) {
        return false;
    }
    for (const window::AccountIndex written : row->head().written) {
        sums.erase(written);
    }
    for (const window::IntroducedAccount& introduced : row->head().introduced) {
        AccountSums& account = sums[introduced.number];
        account = {};
        account.text = introduced.text;
        account.rolling_minutes = introduced.rolling_minutes;
        for (const uint32_t window : introduced.periods) {
            account.windows.push_back(row->head().windows[window]);
        }
    }
    for (window::JournalReader::Entry entry; !row->is_at_end();) {
        if (!row->next(entry)) {
            return false;
        }
        for (const window::AccountIndex number : entry.accounts) {
            if (const auto account = sums.find(number); account != sums.end()) {
                account->second.add(entry.charge);
            }
        }
    }
    return true;
}

Result<Sums> read_sums(Database& database) {
    Sums sums;
    Result<void> outcome;
    Result<void> read = database.scan(whole_journal(), [&](auto key, auto value) {
        if (!add_row(value, sums)) {
            outcome = broken_row(key);
        }
        return outcome.has_value();
    });
    return (read ? outcome : read).map([&] { return std::move(sums); });
}

// An account whose rows the journal's sums are added to: what is missing in its periods, and its
// ROLLING rows.
class JournaledAccount {
  public:
    struct MissingTotals {
        Period period;
        PeriodTotals totals;
    };
    struct Rolling {
        std::string key;
        RollingRow row;
    };
    explicit JournaledAccount(const std::vector<window::JournalWindow>& windows)
        : windows_(windows) {}

    void add_rolling(Rolling rolling) {
        for (size_t meter = 0; meter < rolling.row.meters.size(); ++meter) {
            counters_.push_back({rollings_.size(), meter});
        }
        rollings_.push_back(std::move(rolling));
    }

    template <class Add>
    void for_each_period(const window::ChargeSum& sum, Add&& add) {
        for (const window::JournalWindow& window : windows_) {
            if (!sum.is_failed || !window.skips_failed) {
                add(totals_at(window, sum.totals.first_ms));
            }
        }
    }
    template <class Visit>
    void for_each_counter(Visit&& visit) {
        for (size_t i = 0; i < counters_.size(); ++i) {
            visit(i, rollings_[counters_[i].rolling].row.meters[counters_[i].meter].meter);
        }
    }
    // All charges of the journal are of open panes, and the highest of these becomes the open pane
    // of every row.
    void add(size_t counter, int64_t pane, Int128 amount) {
        RollingRow& row = rollings_[counters_[counter].rolling].row;
        row.meters[counters_[counter].meter].live += amount;
        row.last_charged_pane = std::max(row.last_charged_pane, pane);
        for (Rolling& rolling : rollings_) {
            rolling.row.open_pane = std::max(rolling.row.open_pane, pane);
        }
    }

    const std::vector<MissingTotals>& missing() const { return missing_; }
    const std::vector<Rolling>& rollings() const { return rollings_; }

  private:
    PeriodTotals& totals_at(const window::JournalWindow& window, int64_t time_ms) {
        const Period period = window.period_at(time_ms);
        for (MissingTotals& known : missing_) {
            if (known.period == period) {
                return known.totals;
            }
        }
        return missing_.emplace_back(MissingTotals{period, {}}).totals;
    }

    const std::vector<window::JournalWindow>& windows_;
    std::vector<MissingTotals> missing_;
    std::vector<Rolling> rollings_;
    struct Counter {
        size_t rolling = 0;
        size_t meter = 0;
    };
    std::vector<Counter> counters_;
};

// Adds the sums to the rows as they are.
class RowAdder {
  public:
    // Database and meters must outlive it.
    RowAdder(Database& database, const FormatRecord& format, const window::MeterTable& meters)
        : configured_(configured_windows(format.periods, format.zone)),
          meters_(meters),
          costs_(database, Family::kCost),
          rollings_(database, Family::kRolling) {}

    Result<void> add(const AccountSums& sums) {
        JournaledAccount account(sums.windows);
        Result<void> rollings;
        for (size_t i = 0; rollings && i < sums.rolling_minutes.size(); ++i) {
            rollings = read_rolling(sums.text, sums.rolling_minutes[i], account);
        }
        for (const window::ChargeSum& sum : sums.sums) {
            if (!knows_meters(sum)) {
                return broken_row(kJournalPrefix);
            }
            window::apply_charge(sum, meters_, account);
        }
        for (const JournaledAccount::MissingTotals& missing : account.missing()) {
            if (Result<void> added = add_period(sums.text, missing); !added) {
                return added;
            }
        }
        if (!rollings) {
            return rollings;
        }
        for (const JournaledAccount::Rolling& rolling : account.rollings()) {
            rows_.push_back(
                {Family::kRolling, rolling.key, std::string(encoder_.rolling(rolling.row))});
        }
        return {};
    }
    std::vector<JournaledRow> take() { return std::move(rows_); }

  private:
    // The row as it is. A charge that makes a row is never left to the journal, so it must be
    // there.
    template <typename Row>
    static Result<void> take_row(RowFinder& rows,
                                 const std::string& key,
                                 std::optional<Row> (*decode)(std::string_view),
                                 std::optional<Row>& row) {
        const Result<std::string_view> value = rows.find(key);
        if (!value) {
            return tl::make_unexpected(value.error());
        }
        if (value->empty()) {
            return missing_row(key);
        }
        row = decode(*value);
        if (!row) {
            return broken_row(key);
        }
        return {};
    }

    bool knows_meters(const window::ChargeSum& sum) const {
        const std::vector<UsageTotal>& usage = sum.totals.usage;
        return usage.empty() || usage.back().meter < meters_.size();  // ascending
    }

    Result<void> read_rolling(const std::string& text, int64_t minutes, JournaledAccount& account) {
        std::string key;
        put_rolling_key(key, text, minutes);
        std::optional<RollingRow> row;
        if (Result<void> read = take_row(rollings_, key, decode_rolling, row); !read) {
            return read;
        }
        account.add_rolling({std::move(key), std::move(*row)});
        return {};
    }

    Result<void> add_period(const std::string& account,
                            const JournaledAccount::MissingTotals& missing) {
        const bool is_configured =
            missing.period.is_plain() &&
            std::find(configured_.begin(), configured_.end(), missing.period.window) !=
                configured_.end();
        std::string key;
        if (is_configured) {
            put_fedcost_key(key, account, window::period_label(missing.period));
        } else {
            put_window_key(key, account, window_row_label(missing.period));
        }
        std::optional<PeriodRecord> record;
        if (Result<void> read = take_row(costs_, key, decode_period, record); !read) {
            return read;
        }
        PeriodRecord more{missing.totals, {}, {}};
        more.totals.usage.clear();
        for (const UsageTotal& usage : missing.totals.usage) {
            more.usage.emplace_back(meters_.name(usage.meter), usage.quantity);
        }
        add_to(*record, more);
        rows_.push_back({Family::kCost, std::move(key), std::string(encoder_.period(*record))});
        return {};
    }

    const std::vector<WindowSpec> configured_;
    const window::MeterTable& meters_;
    RowFinder costs_;
    RowFinder rollings_;
    RecordEncoder encoder_;
    std::vector<JournaledRow> rows_;
};

Result<std::vector<JournaledRow>> add_rows(Database& database,
                                           const FormatRecord& format,
                                           const window::MeterTable& meters,
                                           std::span<const AccountSums* const> accounts) {
    RowAdder adder(database, format, meters);
    for (const AccountSums* account : accounts) {
        if (Result<void> added = adder.add(*account); !added) {
            return tl::make_unexpected(added.error());
        }
    }
    return adder.take();
}

}  // namespace

Result<std::vector<JournaledRow>> journaled_rows(Database& database) {
    if (!database.has_family(index_of(Family::kJournal))) {
        return std::vector<JournaledRow>();
    }
    Result<Sums> sums = read_sums(database);
    if (!sums) {
        return tl::make_unexpected(sums.error());
    }
    if (sums->empty()) {
        return std::vector<JournaledRow>();
    }
    Result<FormatRecord> format = read_format(database);
    if (!format) {
        return tl::make_unexpected(format.error());
    }
    const Result<std::vector<std::string>> meter_names = read_meters(database);
    if (!meter_names) {
        return tl::make_unexpected(meter_names.error());
    }
    const window::MeterTable meters(*meter_names);
    std::vector<const AccountSums*> sorted;
    for (const auto& [number, account] : *sums) {
        sorted.push_back(&account);
    }
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->text < b->text; });
    // Two threads, half of the accounts each.
    const auto rows_of = [&](std::span<const AccountSums* const> accounts) {
        return add_rows(database, *format, meters, accounts);
    };
    const std::span<const AccountSums* const> all = sorted;
    auto others = std::async(std::launch::async, rows_of, all.subspan(all.size() / 2));
    Result<std::vector<JournaledRow>> rows = rows_of(all.first(all.size() / 2));
    Result<std::vector<JournaledRow>> more = others.get();
    if (!rows || !more) {
        return rows ? more : rows;
    }
    std::move(more->begin(), more->end(), std::back_inserter(*rows));
    return rows;
}

namespace {

Result<void> write_folded(Database& database, const std::vector<JournaledRow>& rows) {
    // Writing into a batch without a size limit cannot fail.
    rocksdb::WriteBatch batch;
    for (const JournaledRow& row : rows) {
        batch.Put(database.family(index_of(row.family)), row.key, row.value).PermitUncheckedError();
    }
    const Database::Range journal = whole_journal();
    batch.DeleteRange(database.family(journal.family), journal.begin, journal.end)
        .PermitUncheckedError();
    rocksdb::WriteOptions synced;
    synced.sync = true;
    const rocksdb::Status status = database.db().Write(synced, &batch);
    if (!status.ok()) {
        return database.error("write", status);
    }
    return {};
}

}  // namespace

Result<void> fold_journal(Database& database) {
    const Result<std::vector<JournaledRow>> rows = journaled_rows(database);
    if (!rows) {
        return tl::make_unexpected(rows.error());
    }
    if (!rows->empty()) {
        if (Result<void> written = write_folded(database, *rows); !written) {
            return written;
        }
    }
    // Rows are looked up next. Live memtables of these families, with what was written here or read
    // back from the WAL, are far too slow for that: each look-up would copy and sort one. Once a
    // flush has begun, the first look-up sorts it for all. The flush also removes the files of the
    // WAL: RocksDB cannot tell that a file of an earlier process is missing.
    return database.begin_flush();
}

}  // namespace spantoll::store
