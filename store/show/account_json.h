#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/int128.h"
#include "schemas/rows.h"
#include "schemas/text/json_writer.h"

namespace spantoll::store {

// What of an account looks the same in `dump` and in GET /v1/accounts: the members that both show,
// added to the object of either.

// Usage by the meter's name; sorted here, and equal names are added up.
using NamedUsage = std::vector<std::pair<std::string, Int128>>;

// request_count, error_count, ..., usage, cost_pico_usd, cost_usd, ..., first_ms, last_ms.
JsonObject& add_totals(JsonObject& json, const PeriodTotals& totals, const NamedUsage& usage);

// {"1/10":"12.000000",...} of those that are set, in the order given.
std::string emas_json(const std::vector<EmaRow>& emas);

// level, since_ms, valid_until_ms, streak, number, shadow.
JsonObject& add_level(JsonObject& json, const EnforceRow& row);

}  // namespace spantoll::store
