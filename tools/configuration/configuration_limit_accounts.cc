#include "tools/configuration/configuration_limit_accounts.h"

#include <algorithm>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "ingest/naming.h"

namespace spantoll::tools {

std::vector<ValuePattern> read_where(TableReader& table,
                                     const Limit& limit,
                                     const AccountKinds& kinds,
                                     ConfigurationFault& fault) {
    std::vector<ValuePattern> patterns;
    const TomlNode* where = table.find("where");
    if (where == nullptr) {
        return patterns;
    }
    const std::optional<KindIndex> kind = kinds.find(limit.kind);
    if (!kind) {
        table.complain("where", "chooses among the accounts of one kind: write kind as well");
        return patterns;
    }
    if (kinds.at(*kind).dimensions.empty()) {
        table.complain("where", "chooses by dimensions, and global has none: leave it out");
        return patterns;
    }
    if (where->type != TomlNode::Type::kTable || where->members.empty()) {
        table.complain("where", "write values of dimensions, such as { model = \"gpt-4*\" }");
        return patterns;
    }
    std::vector<std::string_view> names;
    for (const Dimension dimension : kinds.at(*kind).dimensions) {
        names.push_back(name_of(dimension));
    }
    TableReader values(*where, table.where() + " where:", names, fault);
    for (const Dimension dimension : kinds.at(*kind).dimensions) {
        std::string text;
        values.read_text(name_of(dimension), text);
        if (text.empty()) {
            continue;
        }
        patterns.push_back(parse_value_pattern(dimension, text));
        if (Result<void> good = ingest::check_value_pattern(patterns.back()); !good) {
            values.complain(name_of(dimension), good.error().message);
        }
    }
    std::sort(patterns.begin(), patterns.end());
    return patterns;
}

std::vector<AmountOverride> read_overrides(TableReader& table,
                                           const Limit& limit,
                                           const AccountKinds& kinds,
                                           ConfigurationFault& fault) {
    std::vector<AmountOverride> all;
    const TomlNode* overrides = table.table("overrides");
    if (overrides == nullptr) {
        return all;
    }
    if (limit.selection == Selection::kAccount) {
        table.complain("overrides", "belongs to kind: write this account's amount as amount");
        return all;
    }
    for (const TomlMember& member : overrides->members) {
        TomlNode one;  // each by itself: there may be many
        one.line = member.value.line;
        one.members = {member};
        TableReader own(one, table.where() + " overrides:", {member.key}, fault);
        const Result<KindIndex> kind = ingest::check_account(kinds, member.key);
        if (!kind) {
            own.complain(member.key, kind.error().message);
        } else if (limit.selection == Selection::kKind && kinds.at(*kind).name != limit.kind) {
            own.complain(member.key,
                         fmt::format("is an account of kind \"{}\", and the limit is on \"{}\"",
                                     kinds.at(*kind).name,
                                     limit.kind));
        }
        all.push_back({member.key, read_amount_of(own, member.key, limit.meter)});
        if (fault.is_found()) {
            return all;
        }
    }
    std::sort(all.begin(), all.end());
    return all;
}

Int128 read_amount_of(TableReader& table, std::string_view key, const Meter& meter) {
    if (meter.kind == MeterKind::kUsd) {
        return table.read_usd(key, Money::from_pico(kAmountMax)).value_or(Money()).pico();
    }
    int64_t amount = 0;
    if (table.find(key)->type != TomlNode::Type::kInteger) {
        table.complain(
            key,
            fmt::format("an amount of {} is an integer without quotes: write {} = 100000",
                        name_of(meter),
                        key));
    } else {
        table.read_integer(key, amount, {0, std::numeric_limits<int64_t>::max()});
    }
    return amount;
}

}  // namespace spantoll::tools
