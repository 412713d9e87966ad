#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/text/suggestion.h"
#include "tools/configuration/configuration_limit_accounts.h"
#include "tools/configuration/configuration_sections.h"

namespace spantoll::tools {
namespace {

constexpr ValueRange kPercent{1, 10'000};
constexpr ValueRange kHysteresis{0, 100};
// At most a day of consecutive closings.
constexpr ValueRange kConsecutive{1, 1'440};
// Leases are renewed at closings, a minute apart, so a shorter lease ends at the next closing.
constexpr ValueRange kTtlMs{1000, 366 * kDayMs};

constexpr std::string_view kStepsForm =
    "write steps = [[80, \"warn\"], [95, \"throttle\"], [100, \"block\"]]";

std::vector<std::string_view> action_names() {
    return {kActionNames.begin() + 1, kActionNames.end()};  // all but "none"
}

// "a/b" with 1 <= a <= b <= 100.
std::optional<Alpha> parse_alpha(std::string_view text) {
    Alpha alpha;
    const char* const end = text.data() + text.size();
    const auto [slash, first] = std::from_chars(text.data(), end, alpha.numerator);
    if (first != std::errc{} || slash == end || *slash != '/') {
        return std::nullopt;
    }
    const auto [rest, second] = std::from_chars(slash + 1, end, alpha.denominator);
    const bool is_whole = second == std::errc{} && rest == end;
    const bool is_in_range =
        alpha.numerator >= 1 && alpha.numerator <= alpha.denominator && alpha.denominator <= 100;
    return is_whole && is_in_range ? std::optional<Alpha>(alpha) : std::nullopt;
}

// One [[limit]].
class LimitReader {
  public:
    LimitReader(const TomlNode& node, const LimitContext& context, ConfigurationFault& fault);
    Limit read();

  private:
    void read_name();
    void read_selection();
    void read_meter();
    void read_amount();
    void read_ttl();
    void read_judge();
    void read_steps();
    bool read_step(const TomlNode& item);
    void read_ema();
    void read_unsure(std::string_view key, Unsure& out);
    void refuse_keys(std::initializer_list<std::string_view> keys, std::string_view judge);

    TableReader table_;
    const AccountKinds& kinds_;
    const Zone zone_;
    ConfigurationFault& fault_;
    Limit limit_;
};

LimitReader::LimitReader(const TomlNode& node,
                         const LimitContext& context,
                         ConfigurationFault& fault)
    : table_(node,
             "[[limit]]",
             {"name",         "account",    "kind",      "where",       "meter",
              "count_failed", "amount",     "overrides", "window",      "zone",
              "week_start",   "year_start", "month_day", "anchor",      "judge",
              "steps",        "hysteresis", "ttl",       "shadow",      "on_overflow",
              "on_lag",       "on_cold",    "alpha",     "consecutive", "action"},
             fault),
      kinds_(*context.kinds),
      zone_(context.zone),
      fault_(fault) {}

Limit LimitReader::read() {
    read_name();
    read_selection();
    limit_.where = read_where(table_, limit_, kinds_, fault_);
    read_meter();
    table_.read_bool("count_failed", limit_.count_failed);
    read_amount();
    limit_.overrides = read_overrides(table_, limit_, kinds_, fault_);
    limit_.window = read_window(table_, zone_);
    read_judge();
    read_ttl();
    table_.read_bool("shadow", limit_.shadow);
    read_unsure("on_overflow", limit_.on_overflow);
    read_unsure("on_lag", limit_.on_lag);
    read_unsure("on_cold", limit_.on_cold);
    return std::move(limit_);
}

void LimitReader::read_name() {
    if (table_.require("name", "name = \"peer-day\"") == nullptr) {
        return;
    }
    table_.read_text("name", limit_.name);
    if (!is_given_name(limit_.name)) {
        table_.complain(
            "name",
            fmt::format("use letters, digits, '.', '_' and '-', up to {}", kGivenNameBytesMax));
        return;
    }
    table_.set_where(fmt::format("[[limit]] {}:", limit_.name));
}

void LimitReader::read_selection() {
    const bool has_account = table_.find("account") != nullptr;
    const bool has_kind = table_.find("kind") != nullptr;
    if (has_account == has_kind) {
        table_.complain(has_account ? "account" : "kind",
                        "write either account = \"mastodon.social\" or kind = \"domain\"");
        return;
    }
    if (has_account) {
        limit_.selection = Selection::kAccount;
        table_.read_text("account", limit_.account);
        const Result<KindIndex> kind = ingest::check_account(kinds_, limit_.account);
        if (!kind) {
            table_.complain("account", kind.error().message);
        }
        return;
    }
    std::vector<std::string_view> names{kAllKinds};
    for (const AccountKind& kind : kinds_.all()) {
        names.push_back(kind.name);
    }
    limit_.selection = Selection::kKind;
    table_.read_text("kind", limit_.kind);
    if (limit_.kind == kAllKinds) {
        limit_.selection = Selection::kAll;
        limit_.kind.clear();
    } else if (!kinds_.find(limit_.kind)) {
        table_.complain("kind", "no such kind: " + suggestion(limit_.kind, names));
    }
}

void LimitReader::read_meter() {
    if (table_.require("meter", "meter = \"usd\"") == nullptr) {
        return;
    }
    std::string name;
    table_.read_text("meter", name);
    if (name == "duration_ms") {
        table_.complain("meter", "is for prices only: limit \"usd\", or \"requests\"");
    } else if (!ingest::is_good_name(name)) {
        table_.complain("meter", "is not a good name (up to 256 bytes, no controls)");
    }
    limit_.meter = meter_named(name);
}

void LimitReader::read_amount() {
    const bool is_usd = limit_.meter.kind == MeterKind::kUsd;
    const std::string_view example = is_usd ? "amount = \"25\"" : "amount = 100000";
    if (table_.require("amount", example) != nullptr) {
        limit_.amount = read_amount_of(table_, "amount", limit_.meter);
    }
}

void LimitReader::read_unsure(std::string_view key, Unsure& out) {
    if (const std::optional<size_t> choice =
            table_.read_choice(key, {kUnsureNames.begin(), kUnsureNames.end()})) {
        out = static_cast<Unsure>(*choice);
    }
}

void LimitReader::read_ttl() {
    if (limit_.window.is_lifetime() && table_.find("ttl") != nullptr) {
        table_.complain("ttl", "belongs to a rolling window, a lifetime has no end: take it out");
    }
    table_.read_duration("ttl", limit_.ttl_ms, kTtlMs);
}

void LimitReader::read_judge() {
    if (table_.require("judge", "judge = \"total\"") == nullptr) {
        return;
    }
    const std::optional<size_t> choice = table_.read_choice("judge", {"total", "ema"});
    limit_.judge = choice == 1 ? Judge::kEma : Judge::kTotal;
    if (limit_.judge == Judge::kEma) {
        refuse_keys({"steps", "hysteresis"}, "total");
        read_ema();
    } else {
        refuse_keys({"alpha", "consecutive", "action"}, "ema");
        read_steps();
        table_.read_integer("hysteresis", limit_.hysteresis, kHysteresis);
    }
}

void LimitReader::refuse_keys(std::initializer_list<std::string_view> keys,
                              std::string_view judge) {
    for (const std::string_view key : keys) {
        if (table_.find(key) != nullptr) {
            table_.complain(key, fmt::format("belongs to judge = \"{}\": take it out", judge));
        }
    }
}

void LimitReader::read_steps() {
    const TomlNode* steps = table_.require("steps", kStepsForm.substr(6));
    if (steps == nullptr) {
        return;
    }
    if (steps->type != TomlNode::Type::kArray || steps->items.empty() ||
        steps->items.size() > kStepsMax) {
        table_.complain("steps", fmt::format("{}, up to {} of them", kStepsForm, kStepsMax));
        return;
    }
    for (const TomlNode& item : steps->items) {
        if (!read_step(item)) {
            return;
        }
    }
}

bool LimitReader::read_step(const TomlNode& item) {
    const bool is_pair = item.type == TomlNode::Type::kArray && item.items.size() == 2 &&
                         item.items[0].type == TomlNode::Type::kInteger &&
                         item.items[1].type == TomlNode::Type::kText;
    if (!is_pair) {
        table_.complain("steps", kStepsForm);
        return false;
    }
    const int64_t percent = item.items[0].integer;
    const std::optional<Action> action = parse_action(item.items[1].text);
    if (!action) {
        table_.complain("steps",
                        fmt::format("{} is not an action: {}",
                                    shown(item.items[1]),
                                    suggestion(item.items[1].text, action_names())));
        return false;
    }
    if (percent < kPercent.min || percent > kPercent.max) {
        table_.complain("steps",
                        fmt::format("{} percent are out of range: write {} to {}",
                                    percent,
                                    kPercent.min,
                                    kPercent.max));
        return false;
    }
    if (!limit_.steps.empty() && percent <= limit_.steps.back().percent) {
        table_.complain("steps",
                        fmt::format("{} does not come after {}: write the percents ascending",
                                    percent,
                                    limit_.steps.back().percent));
        return false;
    }
    limit_.steps.push_back({static_cast<int32_t>(percent), *action});
    return true;
}

void LimitReader::read_ema() {
    if (!limit_.window.is_rolling()) {
        table_.complain("window",
                        "an EMA follows a rolling total: write \"rolling 24h\", or judge = "
                        "\"total\"");
    }
    std::string alpha = "1/10";
    table_.read_text("alpha", alpha);
    if (const std::optional<Alpha> parsed = parse_alpha(alpha)) {
        limit_.alpha = *parsed;
    } else {
        table_.complain("alpha", "write a fraction a/b with 1 <= a <= b <= 100, such as \"1/10\"");
    }
    table_.read_integer("consecutive", limit_.consecutive, kConsecutive);
    if (const std::optional<size_t> choice = table_.read_choice("action", action_names())) {
        limit_.action = static_cast<Action>(*choice + 1);  // action_names() begins after kNone
    }
}

}  // namespace

namespace {

// Rows call the counter of a limit that skips what failed by its meter's name and "_ok".
void check_counter_names(const std::vector<Limit>& limits,
                         const std::vector<const TomlNode*>& tables,
                         ConfigurationFault& fault) {
    for (size_t i = 0; i < limits.size(); ++i) {
        const auto clashes = [&](const Limit& other) {
            return !other.count_failed && limits[i].count_failed &&
                   counter_name(counted_meter(other)) == name_of(limits[i].meter);
        };
        const auto other = std::find_if(limits.begin(), limits.end(), clashes);
        if (other != limits.end()) {
            fault.say(tables[i]->line,
                      fmt::format("[[limit]] {}: meter = \"{}\": the counter of limit {} has this "
                                  "name, as it leaves out what failed: rename the meter",
                                  limits[i].name,
                                  name_of(limits[i].meter),
                                  other->name));
        }
    }
}

}  // namespace

std::vector<Limit> read_limits(const std::vector<const TomlNode*>& tables,
                               const LimitContext& context,
                               ConfigurationFault& fault) {
    std::vector<Limit> limits;
    if (tables.size() > kLimitsMax) {
        fault.say(tables[kLimitsMax]->line,
                  fmt::format("too many [[limit]]: write at most {}", kLimitsMax));
        return limits;
    }
    std::map<std::string, size_t> lines;  // by name
    size_t overrides = 0;
    for (const TomlNode* table : tables) {
        limits.push_back(LimitReader(*table, context, fault).read());
        overrides += limits.back().overrides.size();
        if (overrides > kOverridesMax) {
            fault.say(
                table->line,
                fmt::format("[[limit]] {}: too many overrides: write at most {} in all limits",
                            limits.back().name,
                            kOverridesMax));
        }
        const auto [first, is_new] = lines.emplace(limits.back().name, table->line);
        if (!is_new) {
            fault.say(
                table->line,
                fmt::format("[[limit]] {}: the limit on line {} has this name: choose another",
                            limits.back().name,
                            first->second));
        }
    }
    check_counter_names(limits, tables, fault);
    return limits;
}

}  // namespace spantoll::tools
