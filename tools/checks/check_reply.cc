#include "tools/checks/check_reply.h"

#include <algorithm>

#include "schemas/text/json_writer.h"

namespace spantoll::tools {
namespace {

// An answer of one check, nearly always.
constexpr size_t kResultBytes = 512;

// "used_usd":"25.01", or "used":1200 of what is not money; null where there is no number.
void add_amount(JsonObject& json,
                std::string_view name,
                const Limit& limit,
                const std::optional<Int128>& amount) {
    const bool is_usd = limit.meter.kind == MeterKind::kUsd;
    const std::string member = std::string(name) + (is_usd ? "_usd" : "");
    if (!amount) {
        json.add_json(member, "null");
    } else {
        json.add_amount(member, *amount, is_usd);
    }
}

void add_text_or_null(JsonObject& json, std::string_view name, std::string_view text) {
    text.empty() ? json.add_json(name, "null") : json.add_text(name, text);
}

bool is_seen(const CheckName* account, const Sees& sees) {
    return !sees || (account != nullptr && sees(account->account));
}

std::string one_json(const CheckedOne& one, const CheckRules& rules, const Sees& sees) {
    JsonObject json;
    add_text_or_null(json, "reason", reason_name(one, rules.limits()));
    if (is_about_key(one)) {
        json.add_json("limit", "null");
        add_text_or_null(
            json, "account", one.account == nullptr ? std::string_view() : one.account->account);
        return json.add("retry_after_ms", one.retry_after_ms).str();
    }
    const Limit& limit = rules.limits()[one.limit];
    if (!is_seen(one.account, sees)) {
        json.add_text("limit", kUnseen).add_text("account", kUnseen);
        return json.add("retry_after_ms", one.retry_after_ms).str();
    }
    json.add_text("limit", limit.name).add_text("account", one.account->account);
    if (one.reason < CheckReason::kLimit) {
        return json.add("retry_after_ms", one.retry_after_ms).str();
    }
    const auto counted = [&](Int128 number) {
        return one.has_total ? std::optional(number) : std::nullopt;
    };
    json.add_text("level", name_of(one.level)).add_text("window", to_text(limit.window));
    add_amount(json, "used", limit, counted(one.used));
    add_amount(json, "held", limit, counted(one.held));
    add_amount(json, "amount", limit, one.amount);
    add_amount(json, "remaining", limit, one.remaining);
    return json.add("retry_after_ms", one.retry_after_ms).str();
}

std::string list_json(const std::vector<CheckedOne>& all,
                      const CheckRules& rules,
                      const Sees& sees) {
    JsonArray json;
    for (const CheckedOne& one : all) {
        json.add_json(one_json(one, rules, sees));
    }
    return json.str();
}

// Those that enforce nothing, or that were asked for: without any that may not be seen.
std::vector<CheckedOne> seen_of(std::vector<CheckedOne> all, const Sees& sees) {
    std::erase_if(all, [&](const CheckedOne& one) { return !is_seen(one.account, sees); });
    return all;
}

// Whether accounts of this kind are somebody's, and not shared by all.
bool is_somebodys(const AccountKind& kind) {
    return std::ranges::any_of(kind.dimensions, [](Dimension dimension) {
        return dimension == Dimension::kVirtualKey || dimension == Dimension::kTeam ||
               dimension == Dimension::kCustomer;
    });
}

// Whether the check names somebody who may not be seen. What is above an account that may be seen
// is none of these: it is charged as well, and answered without its name.
bool is_of_another(const CheckResult& verdict, const CheckRules& rules, const Sees& sees) {
    const auto is_above_seen = [&](const CheckName* account) {
        return std::ranges::any_of(verdict.accounts, [&](const CheckName* below) {
            return is_seen(below, sees) &&
                   std::ranges::find(below->parents, account) != below->parents.end();
        });
    };
    return sees && std::ranges::any_of(verdict.accounts, [&](const CheckName* account) {
               return is_somebodys(rules.kinds().at(account->kind)) && !is_seen(account, sees) &&
                      !is_above_seen(account);
           });
}

std::string not_yours_json(uint64_t policy) {
    return JsonObject()
        .add_flag("allowed", false)
        .add_text("reason", "account_not_yours")
        .add_json("reasons", "[]")
        .add_json("retry_after_ms", "null")
        .add_json("accounts", "[]")
        .add_flag("unreserved", true)
        .add("policy", policy)
        .str();
}

}  // namespace

std::string result_json(const CheckResult& verdict,
                        const CheckRules& rules,
                        const CheckSource& source) {
    if (is_of_another(verdict, rules, source.sees)) {
        return not_yours_json(source.policy);
    }
    JsonObject json(kResultBytes);
    json.add_flag("allowed", verdict.is_allowed);
    add_text_or_null(json, "reason", reason_name(verdict, rules.limits()));
    json.add_json("reasons", list_json(verdict.reasons, rules, source.sees))
        .add("retry_after_ms", verdict.retry_after_ms);
    JsonArray accounts;
    for (const CheckName* const account : verdict.accounts) {
        if (is_seen(account, source.sees)) {
            accounts.add_text(account->account);
        }
    }
    json.add_json("accounts", accounts.str())
        .add_flag("unreserved", true)
        .add("policy", source.policy);
    if (const auto shadow = seen_of(verdict.shadow, source.sees); !shadow.empty()) {
        json.add_json("shadow", list_json(shadow, rules, source.sees));
    }
    if (const auto limits = seen_of(verdict.limits, source.sees); !limits.empty()) {
        json.add_json("limits", list_json(limits, rules, source.sees));
    }
    return json.str();
}

Result<std::string> reply_to(std::span<const CheckQuery> queries, const CheckSource& source) {
    const bool needs_totals =
        std::ranges::any_of(queries, [](const CheckQuery& query) { return !!query.estimate; });
    JsonObject about;
    JsonArray results;
    CheckResult verdict;
    for (size_t i = 0; i < queries.size(); ++i) {
        const bool is_answered = source.board.read([&](CheckBoard::State& state) {
            if (needs_totals && !state.has_totals) {
                return false;
            }
            Checker checker(state, source.moment);
            if (i == 0) {
                about.add("as_of_ms", checker.as_of_ms()).add("lag_ms", checker.lag_ms());
                checker.is_stale() ? about.add_flag("stale", true) : about;
                checker.is_cold() ? about.add_flag("cold", true) : about;
            }
            checker.check(queries[i], verdict);
            results.add_json(result_json(verdict, *state.rules, source));
            return true;
        });
        if (!is_answered) {
            return failure(ErrorKind::kUnavailable,
                           "spantoll is starting: its totals are being loaded");
        }
    }
    std::string json = JsonObject().add_json("results", results.str()).str();
    std::string rest = about.str();
    json.back() = ',';
    json.append(rest, 1);
    return json + "\n";
}

}  // namespace spantoll::tools
