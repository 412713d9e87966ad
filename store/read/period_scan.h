#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "schemas/error.h"
#include "store/codec/record_codec.h"
#include "store/database/database.h"

namespace spantoll::store {

struct StoredPeriod {
    std::string_view account;
    std::string_view label;
    Period period;
    PeriodRecord record;
};
using VisitPeriod = std::function<void(const StoredPeriod&)>;
using WantsAccount = std::function<bool(std::string_view account)>;

// FEDCOST# rows of the periods that end after `end_after_ms` (kUnset: all). Found by the index, so
// that the work follows the open periods and not the history. Only before anything is written.
// Rows of accounts that are not wanted are not read.
Result<void> visit_fedcost(Database& database,
                           int64_t end_after_ms,
                           const WantsAccount& wants,
                           const VisitPeriod& visit);

// WINDOW# rows in the same way.
Result<void> visit_windows(Database& database, int64_t end_after_ms, const VisitPeriod& visit);

// META/WATERMARK; unset where there is none yet.
Result<WatermarkRow> read_watermark(Database& database);

// C in milliseconds: what ends after it is open. kUnset where C is unset.
int64_t closed_ms(const WatermarkRow& watermark);

}  // namespace spantoll::store
