#include "store/read/period_migration.h"

#include <algorithm>
#include <string>

#include "store/codec/keys.h"
#include "store/database/column_families.h"
#include "store/read/period_scan.h"
#include "window/calendar.h"

namespace spantoll::store {
namespace {

bool holds(const std::vector<WindowSpec>& windows, const WindowSpec& window) {
    return std::find(windows.begin(), windows.end(), window) != windows.end();
}

// Collects rows; a batch without a size limit cannot fail.
class Mover {
  public:
    Mover(Database& database, rocksdb::WriteBatch& batch) : database_(database), batch_(batch) {}

    void window_to_fedcost(const StoredPeriod& row) {
        const std::string label = window::period_label(row.period);
        PeriodRecord record = row.record;
        record.window.reset();
        put_fedcost_key(key_, row.account, label);
        put(Family::kCost, encoder_.period(record));
        put_index_key(key_, label, row.account);
        put(Family::kIndex, encoder_.index(row.period));
        put_window_key(key_, row.account, window_row_label(row.period));
        batch_.Delete(family(Family::kCost), key_).PermitUncheckedError();
    }

    void fedcost_to_window(const StoredPeriod& row) {
        PeriodRecord record = row.record;
        record.window = row.period;
        put_window_key(key_, row.account, window_row_label(row.period));
        put(Family::kCost, encoder_.period(record));
    }

  private:
    rocksdb::ColumnFamilyHandle* family(Family of) {
        return database_.family(static_cast<size_t>(of));
    }
    void put(Family of, std::string_view value) {
        batch_.Put(family(of), key_, rocksdb::Slice(value)).PermitUncheckedError();
    }

    Database& database_;
    rocksdb::WriteBatch& batch_;
    RecordEncoder encoder_;
    std::string key_;
};

}  // namespace

Result<void> migrate_periods(Database& database,
                             const PeriodsChange& change,
                             rocksdb::WriteBatch& batch) {
    const Result<WatermarkRow> watermark = read_watermark(database);
    if (!watermark) {
        return tl::make_unexpected(watermark.error());
    }
    const int64_t end_after_ms = closed_ms(*watermark);
    Mover mover(database, batch);
    const auto moves = [&](std::string_view account) {
        return !change.kinds.is_short_lived(change.kinds.kind_of(account).value_or(kGlobalKind));
    };
    // What was configured last is the row that was charged: it goes first and is overwritten only
    // by a WINDOW# row that has been charged since.
    Result<void> copied =
        visit_fedcost(database, end_after_ms, moves, [&](const StoredPeriod& row) {
            const WindowSpec& window = row.period.window;
            if (holds(change.before, window) && !holds(change.after, window)) {
                mover.fedcost_to_window(row);
            }
        });
    return copied.and_then([&] {
        return visit_windows(database, end_after_ms, [&](const StoredPeriod& row) {
            if (row.period.is_plain() && holds(change.after, row.period.window) &&
                moves(row.account)) {
                mover.window_to_fedcost(row);
            }
        });
    });
}

}  // namespace spantoll::store
