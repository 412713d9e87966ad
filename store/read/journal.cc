#include "store/read/journal.h"

#include <absl/container/flat_hash_map.h>
#include <algorithm>
#include <array>
#include <future>
#include <iterator>
#include <memory>
#include <optional>
#include <span>

#include "store/codec/keys.h"
#include "store/codec/record_codec.h"
#include "store/database/store_memory.h"
#include "store/read/format.h"
#include "store/read/row_finder.h"
#include "window/calendar.h"
#include "window/charge_journal.h"

namespace spantoll::store {
namespace {

constexpr size_t place(Family family) {
    return static_cast<size_t>(family);
}

Database::Range whole_journal() {
    return {place(Family::kJournal), std::string(kJournalPrefix), after_prefix(kJournalPrefix)};
}

// What a rolling counter of one meter took in.
struct Sum {
    Int128 amount = 0;
    int64_t last_pane = kUnset;  // with an amount

    void add(Int128 more, int64_t pane) {
        if (more != 0) {
            amount += more;
            last_pane = std::max(last_pane, pane);
        }
    }
};

struct PeriodSum {
    Period period;
    PeriodTotals totals;
};

// What the journal has of an account.
struct AccountSums {
    std::string text;
    std::vector<WindowSpec> windows;
    std::vector<int64_t> rolling_minutes;
    std::vector<PeriodSum> periods;
    std::array<Sum, std::tuple_size_v<window::ChargeAmounts>> by_kind;
    std::vector<std::pair<MeterId, Sum>> usage;

    void add(const window::Charge& charge) {
        for (const WindowSpec& window : windows) {
            PeriodTotals& totals = totals_at(window, charge.time_ms);
            window::add_charge(totals, charge, totals.last_ms == 0);
        }
        const int64_t pane = floor_divide(charge.time_ms, kMinuteMs);
        const window::ChargeAmounts amounts = window::amounts_of(charge);
        for (size_t kind = 0; kind < amounts.size(); ++kind) {
            by_kind[kind].add(amounts[kind], pane);
        }
        for (const window::MeterQuantity& quantity : charge.usage) {
            usage_of(quantity.meter).add(quantity.quantity, pane);
        }
    }

    PeriodTotals& totals_at(const WindowSpec& window, int64_t time_ms) {
        for (PeriodSum& sum : periods) {
            if (sum.period.window == window && time_ms >= sum.period.start_ms &&
                time_ms < window::period_end_ms(sum.period)) {
                return sum.totals;
            }
        }
        return periods.emplace_back(PeriodSum{window::period_of(window, EventTime{time_ms}), {}})
            .totals;
    }

    Sum& usage_of(MeterId meter) {
        const auto found = std::find_if(
            usage.begin(), usage.end(), [&](const auto& known) { return known.first == meter; });
        return found != usage.end() ? found->second : usage.emplace_back(meter, Sum{}).second;
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
    for (const window::AccountIndex settled : row->head().settled) {
        sums.erase(settled);
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

// Adds the sums to the rows as they are.
class RowAdder {
  public:
    // Both must outlive it.
    RowAdder(Database& database, const FormatRecord& format, const std::vector<std::string>& meters)
        : format_(format),
          meters_(meters),
          costs_(database, Family::kCost),
          rollings_(database, Family::kRolling) {}

    Result<void> add(const AccountSums& account) {
        Result<void> added;
        for (size_t i = 0; added && i < account.periods.size(); ++i) {
            added = add_period(account.text, account.periods[i]);
        }
        return added.and_then([&] { return add_rollings(account); });
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

    Result<void> add_period(const std::string& account, const PeriodSum& sum) {
        const std::string label = window::period_label(sum.period);
        const bool is_configured =
            std::find(format_.periods.begin(), format_.periods.end(), sum.period.window.kind) !=
            format_.periods.end();
        std::string key;
        (is_configured ? put_fedcost_key : put_window_key)(key, account, label);
        std::optional<PeriodRecord> record;
        if (Result<void> read = take_row(costs_, key, decode_period, record); !read) {
            return read;
        }
        PeriodRecord more{sum.totals, {}, {}};
        more.totals.usage.clear();
        for (const UsageTotal& usage : sum.totals.usage) {
            if (usage.meter >= meters_.size()) {
                return broken_row(kJournalPrefix);
            }
            more.usage.emplace_back(meters_[usage.meter], usage.quantity);
        }
        add_to(*record, more);
        rows_.push_back({Family::kCost, std::move(key), std::string(encoder_.period(*record))});
        return {};
    }

    Result<void> add_rollings(const AccountSums& account) {
        struct Row {
            std::string key;
            RollingRow record;
        };
        std::vector<Row> rows;
        int64_t open_pane = kUnset;
        for (const int64_t minutes : account.rolling_minutes) {
            std::string key;
            put_rolling_key(key, account.text, minutes);
            std::optional<RollingRow> row;
            if (Result<void> read = take_row(rollings_, key, decode_rolling, row); !read) {
                return read;
            }
            for (RollingMeterRow& meter : row->meters) {
                const Sum sum = sum_of(account, meter.meter);
                meter.live += sum.amount;
                row->last_charged_pane = std::max(row->last_charged_pane, sum.last_pane);
                open_pane = std::max(open_pane, sum.last_pane);
            }
            rows.push_back({std::move(key), std::move(*row)});
        }
        for (Row& row : rows) {
            row.record.open_pane = std::max(row.record.open_pane, open_pane);
            rows_.push_back(
                {Family::kRolling, std::move(row.key), std::string(encoder_.rolling(row.record))});
        }
        return {};
    }

    Sum sum_of(const AccountSums& account, const Meter& meter) const {
        if (meter.kind != MeterKind::kUsage) {
            return account.by_kind[static_cast<size_t>(meter.kind)];
        }
        for (const auto& [id, sum] : account.usage) {
            if (id < meters_.size() && meters_[id] == meter.usage) {
                return sum;
            }
        }
        return {};
    }

    const FormatRecord& format_;
    const std::vector<std::string>& meters_;
    RowFinder costs_;
    RowFinder rollings_;
    RecordEncoder encoder_;
    std::vector<JournaledRow> rows_;
};

Result<std::vector<JournaledRow>> add_rows(Database& database,
                                           const FormatRecord& format,
                                           const std::vector<std::string>& meters,
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
    if (!database.has_family(place(Family::kJournal))) {
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
    Result<std::vector<std::string>> meters = read_meters(database);
    if (!meters) {
        return tl::make_unexpected(meters.error());
    }
    std::vector<const AccountSums*> sorted;
    for (const auto& [number, account] : *sums) {
        sorted.push_back(&account);
    }
    std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->text < b->text; });
    // Two threads, half of the accounts each.
    const auto rows_of = [&](std::span<const AccountSums* const> accounts) {
        return add_rows(database, *format, *meters, accounts);
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
        batch.Put(database.family(place(row.family)), row.key, row.value).PermitUncheckedError();
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
    // What follows looks rows up, for which live memtables of these families, of what was written
    // here or read back from the WAL, are far too slow: each look-up would copy and sort one.
    // Once a flush has begun, the first look-up sorts it for all. And the files of the WAL go: that
    // one of an earlier process is missing RocksDB cannot tell.
    return database.begin_flush();
}

}  // namespace spantoll::store
