#include "schemas/limit.h"

#include <algorithm>

namespace spantoll {
namespace {

constexpr std::string_view kAsterisk = "%2A";

// The value of a dimension in an account of the kind; commas in values are escaped. A domain stands
// without the kind's name.
std::string_view value_of(const AccountKind& kind, std::string_view account, Dimension dimension) {
    if (account.starts_with(kind.name) && account.substr(kind.name.size()).starts_with(':')) {
        account.remove_prefix(kind.name.size() + 1);
    }
    for (const Dimension each : kind.dimensions) {
        const size_t end = std::min(account.find(','), account.size());
        if (each == dimension) {
            return account.substr(0, end);
        }
        account.remove_prefix(std::min(end + 1, account.size()));
    }
    return {};
}

bool all_match(const Limit& limit, const AccountKind& kind, std::string_view account) {
    return std::all_of(limit.where.begin(), limit.where.end(), [&](const ValuePattern& pattern) {
        return pattern.matches(value_of(kind, account, pattern.dimension));
    });
}

}  // namespace

std::string to_text(const ValuePattern& pattern) {
    std::string text;
    for (const char c : pattern.text) {
        text += c == '*' ? std::string(kAsterisk) : std::string(1, c);
    }
    return text + (pattern.is_prefix ? "*" : "");
}

ValuePattern parse_value_pattern(Dimension dimension, std::string_view text) {
    ValuePattern pattern;
    pattern.dimension = dimension;
    pattern.is_prefix = text.ends_with('*');
    text.remove_suffix(pattern.is_prefix ? 1 : 0);
    for (size_t at = 0; at < text.size();) {
        const bool is_asterisk = text.substr(at).starts_with(kAsterisk);
        pattern.text.push_back(is_asterisk ? '*' : text[at]);
        at += is_asterisk ? kAsterisk.size() : 1;
    }
    return pattern;
}

const Limit* find_limit(const std::vector<Limit>& limits, std::string_view name) {
    const auto found = std::ranges::find(limits, name, &Limit::name);
    return found == limits.end() ? nullptr : &*found;
}

bool holds_for(const Limit& limit, const AccountKind& kind, std::string_view account) {
    if (limit.selection == Selection::kAccount) {
        return limit.account == account;
    }
    if (is_stranger(account)) {
        return false;
    }
    return limit.selection == Selection::kAll ||
           (limit.kind == kind.name && all_match(limit, kind, account));
}

Int128 configured_amount(const Limit& limit, std::string_view account) {
    const auto found =
        std::ranges::lower_bound(limit.overrides, account, {}, &AmountOverride::account);
    const bool is_found = found != limit.overrides.end() && found->account == account;
    return is_found ? found->amount : limit.amount;
}

Meter counted_meter(const Limit& limit) {
    Meter meter = limit.meter;
    meter.skips_failed = !limit.count_failed;
    return meter;
}

bool is_same_limit(const Limit& a, const Limit& b) {
    return a.name == b.name && a.selection == b.selection && a.account == b.account &&
           a.kind == b.kind && a.where == b.where && a.meter == b.meter &&
           a.count_failed == b.count_failed && a.window == b.window && a.judge == b.judge;
}

}  // namespace spantoll
