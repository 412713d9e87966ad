#include "store/show/account_json.h"

#include <map>

#include <fmt/format.h>

namespace spantoll::store {
namespace {

constexpr size_t kEmaDecimals = 6;

// Value over kEmaScale with exactly six decimals.
std::string ema_text(Int128 value) {
    const bool negative = value < 0;
    std::string digits = to_text(value).substr(negative ? 1 : 0);
    if (digits.size() <= kEmaDecimals) {
        digits.insert(0, kEmaDecimals + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - kEmaDecimals, 1, '.');
    return negative ? "-" + digits : digits;
}

std::string usage_json(const NamedUsage& usage) {
    std::map<std::string, Int128> by_name;
    for (const auto& [meter, quantity] : usage) {
        by_name[meter] += quantity;
    }
    JsonObject json;
    for (const auto& [meter, quantity] : by_name) {
        json.add(meter, quantity);
    }
    return json.str();
}

}  // namespace

JsonObject& add_totals(JsonObject& json, const PeriodTotals& totals, const NamedUsage& usage) {
    return json.add("request_count", totals.request_count)
        .add("error_count", totals.error_count)
        .add("ingress_bytes", totals.ingress_bytes)
        .add("egress_bytes", totals.egress_bytes)
        .add_json("usage", usage_json(usage))
        .add_money("cost", totals.cost)
        .add("late_count", totals.late_count)
        .add("unpriced_count", totals.unpriced_count)
        .add("first_ms", totals.first_ms)
        .add("last_ms", totals.last_ms);
}

std::string emas_json(const std::vector<EmaRow>& emas) {
    JsonObject json;
    for (const EmaRow& ema : emas) {
        if (ema.is_set) {
            json.add_text(fmt::format("{}/{}", ema.alpha.numerator, ema.alpha.denominator),
                          ema_text(ema.value));
        }
    }
    return json.str();
}

JsonObject& add_level(JsonObject& json, const EnforceRow& row) {
    return json.add_text("level", name_of(row.level))
        .add("since_ms", row.since_ms)
        .add("valid_until_ms", row.valid_until_ms)
        .add("streak", row.streak)
        .add("number", row.number)
        .add_flag("shadow", row.shadow);
}

}  // namespace spantoll::store
