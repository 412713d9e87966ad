#include "tools/http/check.h"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "schemas/json_text.h"
#include "schemas/printable.h"

namespace spantoll::tools {
namespace {

// The gravest flag; of equally grave ones the one that holds longest. Null where there is none.
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

std::string number_or_null(const std::optional<int64_t>& value) {
    return value ? fmt::format("{}", *value) : "null";
}

std::string number_or_unset(const std::optional<int64_t>& value) {
    return value ? fmt::format("{}", *value) : "unset";
}

std::string time_text(int64_t ms) {
    const std::chrono::system_clock::time_point time{std::chrono::milliseconds{ms}};
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)),
                       ms % 1000);
}

void append_flag(std::string& out, const CheckFlag& flag) {
    out += R"({"account":)";
    append_json_string(out, flag.account);
    out += R"(,"limit":)";
    append_json_string(out, flag.limit);
    fmt::format_to(std::back_inserter(out),
                   R"(,"action":"{}","since_ms":{},"valid_until_ms":{}}})",
                   name_of(flag.action),
                   flag.since_ms,
                   number_or_null(flag.valid_until_ms));
}

// The first that a limit refuses. Null where there is none.
const CheckOverflow* refused_overflow(const CheckAnswer& answer) {
    const auto found = std::ranges::find_if(
        answer.overflows, [](const CheckOverflow& overflow) { return !overflow.limit.empty(); });
    return found == answer.overflows.end() ? nullptr : &*found;
}

// Nothing for an account that has its place.
void append_overflows(std::string& out, const CheckAnswer& answer) {
    if (answer.overflows.empty()) {
        return;
    }
    out += refused_overflow(answer) == nullptr ? "" : R"(,"reason":"overflow")";
    out += R"(,"overflows":[)";
    for (const CheckOverflow& overflow : answer.overflows) {
        out += &overflow == &answer.overflows.front() ? R"({"account":)" : R"(,{"account":)";
        append_json_string(out, overflow.account);
        out += R"(,"charged_to":)";
        append_json_string(out, overflow.charged_to);
        out += R"(,"limit":)";
        if (overflow.limit.empty()) {
            out += "null";
        } else {
            append_json_string(out, overflow.limit);
        }
        out += '}';
    }
    out += ']';
}

void append_account(std::string& out, const CheckedAccount& checked) {
    const auto& [account, answer] = checked;
    const CheckFlag* flag = gravest(answer);
    out += R"({"account":)";
    append_json_string(out, account);
    fmt::format_to(std::back_inserter(out),
                   R"(,"allowed":{},"level":"{}","valid_until_ms":{},"flags":[)",
                   may_spend(answer),
                   name_of(flag == nullptr ? Action::kNone : flag->action),
                   flag == nullptr ? "null" : number_or_null(flag->valid_until_ms));
    for (size_t i = 0; i < answer.flags.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_flag(out, answer.flags[i]);
    }
    out += ']';
    append_overflows(out, answer);
    out += '}';
}

}  // namespace

bool may_spend(const CheckAnswer& answer) {
    return refused_overflow(answer) == nullptr &&
           std::ranges::none_of(answer.flags, [](const CheckFlag& flag) {
               return flag.action == Action::kBlock || flag.action == Action::kQuarantine;
           });
}

std::string check_json(const std::vector<CheckedAccount>& checked) {
    const bool is_allowed =
        std::ranges::all_of(checked, [](const auto& one) { return may_spend(one.second); });
    const CheckAnswer none;
    const CheckAnswer& first = checked.empty() ? none : checked.front().second;
    std::string out = fmt::format(R"({{"allowed":{},"as_of_ms":{},"lag_ms":{},"accounts":[)",
                                  is_allowed,
                                  number_or_null(first.as_of_ms),
                                  number_or_null(first.lag_ms));
    for (size_t i = 0; i < checked.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_account(out, checked[i]);
    }
    out += "]}\n";
    return out;
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
                               flag->valid_until_ms ? time_text(*flag->valid_until_ms) : "released",
                               printable(flag->account),
                               flag->limit);
        }
        if (!answer.overflows.empty()) {
            out += " overflow=" + printable(answer.overflows.front().charged_to);
        }
        if (const CheckOverflow* refused = refused_overflow(answer)) {
            out += fmt::format(
                " reason=overflow by={}/{}", printable(refused->account), refused->limit);
        }
        out += fmt::format(" as_of_ms={} lag_ms={}\n",
                           number_or_unset(answer.as_of_ms),
                           number_or_unset(answer.lag_ms));
    }
    return out;
}

}  // namespace spantoll::tools
