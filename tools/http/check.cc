#include "tools/http/check.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "schemas/rfc3339.h"
#include "schemas/text/json_writer.h"
#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"
#include "tools/http/content_type.h"
#include "tools/http/error.h"
#include "tools/http/limits.h"
#include "tools/http/query.h"
#include "tools/http/rights.h"

namespace spantoll::tools {
namespace {

// The gravest flag; of equally grave ones the one that lasts longest. Null where there is none.
const CheckFlag* gravest(const CheckAnswer& answer) {
    const auto is_less = [](const CheckFlag& a, const CheckFlag& b) {
        if (a.action != b.action) {
            return a.action < b.action;
        }
        return a.valid_until_ms.has_value() &&
               (!b.valid_until_ms || *a.valid_until_ms < *b.valid_until_ms);
    };
    const auto found = std::ranges::max_element(answer.flags, is_less);
    return found == answer.flags.end() ? nullptr : &*found;
}

std::string number_or_unset(const std::optional<int64_t>& value) {
    return value ? fmt::format("{}", *value) : "unset";
}

std::string flag_json(const CheckFlag& flag) {
    return JsonObject()
        .add_text("account", flag.account)
        .add_text("limit", flag.limit)
        .add_text("action", name_of(flag.action))
        .add("since_ms", flag.since_ms)
        .add("valid_until_ms", flag.valid_until_ms)
        .str();
}

// The first that a limit refuses. Null where there is none.
const CheckOverflow* refused_overflow(const CheckAnswer& answer) {
    const auto found = std::ranges::find_if(
        answer.overflows, [](const CheckOverflow& overflow) { return !overflow.limit.empty(); });
    return found == answer.overflows.end() ? nullptr : &*found;
}

std::string overflow_json(const CheckOverflow& overflow) {
    JsonObject json;
    json.add_text("account", overflow.account).add_text("charged_to", overflow.charged_to);
    return overflow.limit.empty() ? json.add_json("limit", "null").str()
                                  : json.add_text("limit", overflow.limit).str();
}

// Why it may not spend where no level says so; empty where it may, or one does.
std::string_view doubt_of(const CheckAnswer& answer) {
    if (!answer.key_reason.empty()) {
        return answer.key_reason;
    }
    if (refused_overflow(answer) != nullptr) {
        return "overflow";
    }
    return answer.doubts.empty() ? std::string_view() : answer.doubts.front().reason;
}

// Empty for an account that is not beyond max_per_kind.
void add_overflows(JsonObject& json, const CheckAnswer& answer) {
    if (answer.overflows.empty()) {
        return;
    }
    JsonArray overflows;
    for (const CheckOverflow& overflow : answer.overflows) {
        overflows.add_json(overflow_json(overflow));
    }
    json.add_json("overflows", overflows.str());
}

std::string account_json(const CheckedAccount& checked) {
    const auto& [account, answer] = checked;
    const CheckFlag* flag = gravest(answer);
    JsonArray flags;
    for (const CheckFlag& one : answer.flags) {
        flags.add_json(flag_json(one));
    }
    JsonObject json;
    json.add_text("account", account)
        .add_flag("allowed", may_spend(answer))
        .add_text("level", name_of(flag == nullptr ? Action::kNone : flag->action))
        .add("valid_until_ms", flag == nullptr ? std::nullopt : flag->valid_until_ms)
        .add_json("flags", flags.str());
    if (const std::string_view reason = doubt_of(answer); !reason.empty()) {
        json.add_text("reason", reason);
    }
    add_overflows(json, answer);
    for (const CheckDoubt& doubt : answer.doubts) {
        json.add_json("refused_by_" + std::string(doubt.reason == "stale" ? "lag" : doubt.reason),
                      JsonArray()
                          .add_json(JsonObject()
                                        .add_text("account", doubt.account)
                                        .add_text("limit", doubt.limit)
                                        .str())
                          .str());
    }
    return json.str();
}

constexpr std::array<KnownParameter, 1> kCheckParameters{{
    {.name = "account", .occurs = Occurs::kAnyTimes, .value = "ACCOUNT"},
}};

}  // namespace

bool may_spend(const CheckAnswer& answer) {
    return answer.key_reason.empty() && refused_overflow(answer) == nullptr &&
           answer.doubts.empty() && std::ranges::none_of(answer.flags, [](const CheckFlag& flag) {
               return flag.action == Action::kBlock || flag.action == Action::kQuarantine;
           });
}

std::string check_json(const std::vector<CheckedAccount>& checked) {
    const bool is_allowed =
        std::ranges::all_of(checked, [](const auto& one) { return may_spend(one.second); });
    const CheckAnswer none;
    const CheckAnswer& first = checked.empty() ? none : checked.front().second;
    JsonArray accounts;
    for (const CheckedAccount& one : checked) {
        accounts.add_json(account_json(one));
    }
    JsonObject json;
    json.add_flag("allowed", is_allowed)
        .add("as_of_ms", first.as_of_ms)
        .add("lag_ms", first.lag_ms);
    if (first.is_stale) {
        json.add_flag("stale", true);
    }
    if (first.is_cold) {
        json.add_flag("cold", true);
    }
    return json.add_json("accounts", accounts.str()).str() + "\n";
}

std::string check_text(const std::vector<CheckedAccount>& checked) {
    std::string out;
    for (const CheckedAccount& one : checked) {
        const CheckAnswer& answer = one.second;
        const CheckFlag* flag = gravest(answer);
        out += fmt::format("{}  {}  level={}",
                           may_spend(answer) ? "yes" : "no ",
                           printable(one.first),
                           name_of(flag == nullptr ? Action::kNone : flag->action));
        if (flag != nullptr) {
            out += fmt::format(" until={} by={}/{}",
                               flag->valid_until_ms ? rfc3339(*flag->valid_until_ms) : "released",
                               printable(flag->account),
                               flag->limit);
        }
        if (!answer.overflows.empty()) {
            out += " overflow=" + printable(answer.overflows.front().charged_to);
        }
        if (!answer.key_reason.empty()) {
            out += " reason=" + answer.key_reason;
        }
        if (const CheckOverflow* refused = refused_overflow(answer)) {
            out += fmt::format(
                " reason=overflow by={}/{}", printable(refused->account), refused->limit);
        }
        if (refused_overflow(answer) == nullptr && !answer.doubts.empty()) {
            out += fmt::format(" reason={} by={}/{}",
                               answer.doubts.front().reason,
                               printable(answer.doubts.front().account),
                               answer.doubts.front().limit);
        }
        out += fmt::format(" as_of_ms={} lag_ms={}\n",
                           number_or_unset(answer.as_of_ms),
                           number_or_unset(answer.lag_ms));
    }
    return out;
}

HttpResponse get_check(const HttpBackend& backend, const HttpRequest& request) {
    const Result<QueryParameters> parameters = read_parameters(request, kCheckParameters);
    if (!parameters) {
        return failure_response(parameters.error());
    }
    const Sees sees = sees_of(backend, request);
    std::vector<CheckedAccount> checked;
    for (const auto& [name, account] : *parameters) {
        if (!is_account_text(account)) {
            return bad_account_response();
        }
        CheckAnswer answer = backend.check(account);
        if (!answer.refusal.empty()) {
            return error_response(400, kAccountInvalid, answer.refusal);
        }
        if (sees && !sees(account)) {
            return unseen_response(account);
        }
        checked.emplace_back(account, seen_part(std::move(answer), sees));
    }
    if (checked.empty() || checked.size() > kAccountsPerCheckMax) {
        return error_response(
            400,
            "account_needed",
            fmt::format("Ask for 1 to {} accounts: ?account=A&account=B.", kAccountsPerCheckMax));
    }
    if (accepts_plain_text(request.accept)) {
        return {.content_type = "text/plain; charset=utf-8", .body = check_text(checked)};
    }
    return {.body = check_json(checked)};
}

HttpResponse post_check(const HttpBackend& backend, const HttpRequest& request) {
    if (const Result<QueryParameters> none = read_parameters(request, {}); !none) {
        return failure_response(none.error());
    }
    Result<std::string> answer = backend.checks(request.body, sees_of(backend, request));
    if (!answer && answer.error().kind == ErrorKind::kUsage) {
        return error_response(400, "check_invalid", answer.error().message);
    }
    return answer ? HttpResponse{.body = std::move(*answer)} : failure_response(answer.error());
}

bool is_account_text(std::string_view text) {
    return !text.empty() && text.size() <= kAccountBytesMax && is_utf8(text);
}

HttpResponse bad_account_response() {
    return error_response(400,
                          kAccountInvalid,
                          "An account is written global, a bare domain, or kind:value, and "
                          "percent-encoded once.");
}

}  // namespace spantoll::tools
