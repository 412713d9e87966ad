// `check` lines of a table: may somebody spend now?
#include <algorithm>

#include <fmt/format.h>

#include "schemas/money.h"
#include "tests/tools/engine/engine_table.h"
#include "tools/checks/checker.h"

namespace spantoll::tools {
namespace {

constexpr std::string_view kEstimate = "est.";

// Reads est.usd=0.5 est.requests=1 est.input_tokens=7. False: no number.
bool read_estimate(std::string_view meter, const std::string& number, CheckEstimate& estimate) {
    if (meter == "usd") {
        const DecimalMoney usd = parse_usd(number);
        estimate.usd = usd.money;
        return usd.outcome == DecimalOutcome::kOk;
    }
    const uint64_t quantity = std::stoull(number);
    if (meter == "tokens") {
        estimate.tokens = quantity;
    } else if (meter == "requests") {
        estimate.requests = quantity;
    } else if (meter == "ingress_bytes") {
        estimate.ingress_bytes = quantity;
    } else {
        estimate.usage.push_back({meter, quantity});
    }
    return true;
}

std::string number_text(const Limit& limit, Int128 number) {
    return limit.meter.kind == MeterKind::kUsd ? to_usd_text(Money::from_pico(number))
                                               : fmt::format("{}", static_cast<int64_t>(number));
}

// "reason:limit@account;...", without a limit where it is about a key.
std::string listed(const std::vector<CheckedOne>& all, const std::vector<Limit>& limits) {
    std::string text;
    for (const CheckedOne& one : all) {
        text += fmt::format("{}{}{}@{}",
                            text.empty() ? "" : ";",
                            reason_name(one, limits),
                            is_about_key(one) ? "" : ":" + limits[one.limit].name,
                            one.account == nullptr ? "" : one.account->account);
    }
    return text.empty() ? "none" : text;
}

std::string listed(const std::vector<const CheckName*>& accounts) {
    std::string text;
    for (const CheckName* const account : accounts) {
        text += (text.empty() ? "" : ";") + account->account;
    }
    return text;
}

}  // namespace

// `check allowed|refused [DIMENSION=value ...] [est.METER=N ...] [key=value ...]`; the wall clock
// is `now`. A key_secret may stand for virtual_key. Keys: reason, retry (ms, or never), reasons and
// shadow ("reason:limit@account;..."), accounts; used, amount and remaining of the first reason or
// else of the first limit that holds.
void TableRun::check_check(const TableLine& line) {
    CheckQuery query;
    query.is_verbose = true;
    for (const auto& [key, word] : line.values) {
        if (key.starts_with(kEstimate)) {
            if (!query.estimate) {
                query.estimate.emplace();
            }
            if (!read_estimate(
                    std::string_view(key).substr(kEstimate.size()), word, *query.estimate)) {
                return fault(line, "no number: " + word);
            }
        } else if (key == "key_secret") {
            query.key_secret = word;
        } else if (const std::optional<Dimension> dimension = parse_dimension(key)) {
            query.dimensions[static_cast<size_t>(*dimension)] = word;
        }
    }
    CheckMoment moment;
    moment.believed_ms = now_ms_;
    moment.wall_ms = now_ms_;
    moment.is_known = [&](std::string_view account) {
        return rig_->engine().ledger().find(account) != window::kNoAccount;
    };
    rig_->checks().read([&](CheckBoard::State& state) {
        CheckResult verdict;
        Checker(state, moment).check(query, verdict);
        check_verdict(line, verdict);
    });
}

void TableRun::check_verdict(const TableLine& line, const CheckResult& verdict) {
    const std::vector<Limit>& limits = settings_.limits;
    expect(line, verdict.is_allowed ? "allowed" : "refused", line.words.at(0));
    const CheckedOne* first = verdict.reasons.empty() ? nullptr : &verdict.reasons.front();
    if (first == nullptr && !verdict.limits.empty()) {
        first = &verdict.limits.front();
    }
    const auto check = [&](std::string_view key, const std::string& got) {
        if (const std::optional<std::string> expected = line.value(key)) {
            expect(line, fmt::format("{}={}", key, got), fmt::format("{}={}", key, *expected));
        }
    };
    const std::string_view reason = reason_name(verdict, limits);
    check("reason", reason.empty() ? "none" : std::string(reason));
    check("retry", verdict.retry_after_ms ? fmt::format("{}", *verdict.retry_after_ms) : "never");
    check("reasons", listed(verdict.reasons, limits));
    check("shadow", listed(verdict.shadow, limits));
    check("accounts", listed(verdict.accounts));
    if (first == nullptr || is_about_key(*first)) {
        return;
    }
    const Limit& limit = limits[first->limit];
    check("used", number_text(limit, first->used));
    check("amount", number_text(limit, first->amount));
    check("remaining", first->remaining ? number_text(limit, *first->remaining) : "none");
    check("level", std::string(name_of(first->level)));
}

}  // namespace spantoll::tools
