#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/price_book.h"
#include "schemas/rows.h"
#include "schemas/settings.h"
#include "tools/checks/check_names.h"
#include "window/calendar_periods.h"
#include "window/counting_plan.h"

namespace spantoll::tools {

// How much grants add to a limit now, of one account or, where it is empty, of all.
struct AddedAmount {
    uint32_t limit = 0;
    std::string account;
    Int128 added = 0;
};

// A limit as it is for an account that it holds for.
struct CheckedLimit {
    uint32_t limit = 0;  // index in the configuration
    Int128 amount = 0;   // the effective one
    bool blocks = false;
    Int128 blocking = 0;  // what a total may not pass: the amount of its lowest such step
};

// A level: a row of ENFORCE.
struct CheckLevel {
    std::string account;
    std::string limit;
    Action level = Action::kNone;
    int64_t since_ms = 0;
    std::optional<int64_t> valid_until_ms;
    bool is_shadow = false;
    std::vector<WindowLevelRow> windows;  // as EnforceRow::windows
};

// What of it holds at some time, and until when; empty: not by itself.
struct HeldLevel {
    Action level = Action::kNone;
    std::optional<int64_t> until_ms;
};

// What the prices of a provider's model say before anything is used.
enum class ModelPrice : uint8_t { kNone, kFree, kPriced };

// A policy as checks judge by it. The effective amount of (limit, account), and which limits hold
// for whom, come from CountingPlans, as they do in the engine; names and prices from the same
// functions as a span's. Its caches change while it is asked: CheckBoard's lock is held.
class CheckRules {
  public:
    // `seed`: CheckBoard::seed().
    CheckRules(const Settings& settings, std::shared_ptr<const KeyTable> keys, uint64_t seed);
    CheckRules(const CheckRules&) = delete;
    CheckRules& operator=(const CheckRules&) = delete;

    const Settings& settings() const { return settings_; }
    const std::vector<Limit>& limits() const { return settings_.limits; }
    const AccountKinds& kinds() const { return kinds_; }
    CheckNames& names() { return names_; }
    ingest::PriceBook& prices() { return prices_; }

    void set_added(const std::vector<AddedAmount>& amounts);
    // In the order of the configuration.
    const std::vector<CheckedLimit>& limits_of(window::PlanIndex plan);
    // kNone where its time is over. A calendar window that began meanwhile may hold a level of its
    // own, which no decision tells of before the one that ended closes.
    HeldLevel held_at(const CheckLevel& level, int64_t now_ms);
    // The window of a limit that all accounts share, at a time.
    const window::PeriodBounds& bounds_of(uint32_t limit, int64_t now_ms);
    ModelPrice model_price(std::string_view provider, std::string_view model);

  private:
    std::optional<uint32_t> limit_named(std::string_view name) const;
    std::vector<CheckedLimit> make_limits(const window::Plan& plan) const;
    // 65,536 models, of some 100 bytes.
    static constexpr size_t kModelsMax = 65'536;

    const Settings settings_;
    const AccountKinds kinds_;
    window::CountingPlans plans_;
    CheckNames names_;
    ingest::PriceBook prices_;
    std::vector<std::vector<CheckedLimit>> by_plan_;
    std::vector<window::PeriodBounds> bounds_;  // by limit
    absl::flat_hash_map<std::string, ModelPrice> by_model_;
};

}  // namespace spantoll::tools
