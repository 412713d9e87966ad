#include "tools/checks/checker.h"

#include <algorithm>

#include "enforce/limit_rules.h"
#include "ingest/amend.h"
#include "ingest/naming.h"
#include "schemas/check.h"
#include "tools/configuration/token.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

// Longer than any time that can be told.
bool is_longer(std::optional<int64_t> a, std::optional<int64_t> b) {
    return b && (!a || *a > *b);
}

const CheckEstimate& estimate_of(const CheckQuery& query) {
    const std::optional<CheckEstimate>& estimate = query.estimate;
    CHECK(estimate.has_value(), "what is wanted is asked only where it is said");
    return *estimate;
}

bool is_blocking(Action level) {
    return level == Action::kBlock || level == Action::kQuarantine;
}

}  // namespace

Checker::Checker(CheckBoard::State& state, const CheckMoment& moment)
    : state_(state),
      rules_(*state.rules),
      moment_(moment),
      now_ms_(std::max(moment.believed_ms, state.watermark_ms)) {}

std::optional<int64_t> Checker::as_of_ms() const {
    return state_.as_of_ms == kUnset ? std::nullopt : std::optional(state_.as_of_ms);
}

bool Checker::is_stale() const {
    return lag_ms().value_or(0) > rules_.settings().check.max_lag_ms;
}

void Checker::check(const CheckQuery& query, CheckResult& verdict) {
    verdict.clear();
    wanted_ = {&query, std::nullopt, std::nullopt};
    span_.dimensions = query.dimensions;
    const bool has_secret = !query.key_secret.empty();
    if (has_secret) {
        name_key_of(query.key_secret);
    }
    if (rules_.settings().accounts.split_model) {
        ingest::split_model(span_.dimensions[static_cast<size_t>(Dimension::kProvider)],
                            span_.dimensions[static_cast<size_t>(Dimension::kModel)]);
    }
    rules_.names().resolve(span_, is_beyond(), verdict.accounts, beyond_);
    const CheckName* const key = rules_.names().named_key();
    key_ = {key != nullptr || has_secret, key};
    judge_all(verdict);
}

// A secret stands for the name of its key, and for none where no key has it.
void Checker::name_key_of(std::string_view secret) {
    const VirtualKey* const key =
        rules_.names().keys().find_by_secret_hash(to_text(sha256_of(secret)));
    key_name_ =
        key == nullptr ? std::string() : ingest::unescape_value(key->name).value_or(key->name);
    span_.dimensions[static_cast<size_t>(Dimension::kVirtualKey)] = key_name_;
}

void Checker::check_account(std::string_view account, CheckResult& verdict) {
    verdict.clear();
    wanted_ = {};
    constexpr std::string_view kOfKeys = "virtual_key:";
    const bool is_of_key = account.starts_with(kOfKeys) && !is_stranger(account);
    std::string of_id;
    if (is_of_key) {
        const VirtualKey* const key =
            rules_.names().keys().find_by_id(account.substr(kOfKeys.size()));
        of_id = key == nullptr ? std::string() : KeyTable::account_of(key->name);
    }
    const CheckNames::IsBeyond beyond = is_beyond();
    const CheckName& name = rules_.names().of_account(of_id.empty() ? account : of_id);
    key_ = {is_of_key, is_of_key ? &name : nullptr};
    verdict.accounts = name.parents;
    verdict.accounts.insert(verdict.accounts.begin(), &name);
    beyond_.clear();
    if (beyond) {
        std::ranges::copy_if(verdict.accounts,
                             std::back_inserter(beyond_),
                             [&](const CheckName* one) { return beyond(*one); });
    }
    judge_all(verdict);
}

// Empty where every kind has a place for a new name: nearly always.
CheckNames::IsBeyond Checker::is_beyond() {
    if (std::ranges::find(state_.closed, true) == state_.closed.end()) {
        return {};
    }
    return [this](const CheckName& name) {
        return state_.is_closed(name.kind) && !is_stranger(name.account) &&
               !state_.totals.contains(name.key) && moment_.is_known &&
               !moment_.is_known(name.account);
    };
}

void Checker::judge_all(CheckResult& verdict) {
    judge_key(verdict);
    judge_beyond(verdict);
    judge_doubts(verdict);
    const size_t before = verdict.reasons.size();
    for (const CheckName* const account : verdict.accounts) {
        judge_account(*account, verdict);
    }
    const auto is_before = [](const CheckedOne& a, const CheckedOne& b) {
        return a.limit != b.limit ? a.limit < b.limit : a.account->account < b.account->account;
    };
    std::sort(verdict.reasons.begin() + static_cast<std::ptrdiff_t>(before),
              verdict.reasons.end(),
              is_before);
    std::ranges::sort(verdict.shadow, is_before);
    std::ranges::sort(verdict.limits, is_before);
    finish(verdict);
}

void Checker::judge_key(CheckResult& verdict) {
    if (!key_.is_named) {
        return;
    }
    const KeyState state =
        KeyTable::state(key_.account == nullptr ? nullptr : key_.account->virtual_key, now_ms_);
    const bool refuses = state == KeyState::kUnknown
                             ? rules_.settings().check.unknown_keys == Unsure::kRefuse
                             : state != KeyState::kActive;
    if (!refuses) {
        return;
    }
    const CheckReason reason = state == KeyState::kUnknown    ? CheckReason::kKeyUnknown
                               : state == KeyState::kInactive ? CheckReason::kKeyInactive
                                                              : CheckReason::kKeyExpired;
    verdict.reasons.push_back({reason, 0, key_.account});
}

void Checker::judge_beyond(CheckResult& verdict) {
    bool is_told = false;
    for (const CheckName* const name : beyond_) {
        CheckedOverflow overflow{name, &rules_.names().other_of(name->kind), std::nullopt};
        const std::vector<Limit>& limits = rules_.limits();
        const auto refusing = std::ranges::find_if(limits, [&](const Limit& limit) {
            return enforce::refuses_overflow(limit, rules_.kinds().at(name->kind), name->account);
        });
        if (refusing != limits.end()) {
            overflow.limit = static_cast<uint32_t>(refusing - limits.begin());
            if (!is_told) {
                verdict.reasons.push_back({CheckReason::kOverflow, *overflow.limit, name});
                is_told = true;
            }
        }
        verdict.overflows.push_back(overflow);
    }
}

void Checker::judge_doubts(CheckResult& verdict) {
    if (is_stale()) {
        add_doubt(CheckReason::kStale, &Limit::on_lag, verdict);
    }
    if (state_.is_cold) {
        add_doubt(CheckReason::kCold, &Limit::on_cold, verdict);
    }
}

// One reason, of the first limit in the order of the configuration that refuses for it.
void Checker::add_doubt(CheckReason reason, Unsure Limit::*says, CheckResult& verdict) {
    CheckedOne first;
    for (const CheckName* const account : verdict.accounts) {
        for (const CheckedLimit& checked : rules_.limits_of(account->plan)) {
            const Limit& limit = rules_.limits()[checked.limit];
            const bool is_first = first.account == nullptr || checked.limit < first.limit;
            if (limit.*says == Unsure::kRefuse && !limit.shadow && is_first) {
                first = {reason, checked.limit, account};
            }
        }
    }
    if (first.account != nullptr) {
        verdict.reasons.push_back(first);
    }
}

void Checker::judge_account(const CheckName& account, CheckResult& verdict) {
    const std::vector<CheckedLimit>& limits = rules_.limits_of(account.plan);
    if (limits.empty()) {
        return;
    }
    const auto found = state_.totals.find(account.key);
    const CheckTotals* const totals = found == state_.totals.end() ? nullptr : &found->second;
    for (const CheckedLimit& limit : limits) {
        judge_limit(account, limit, totals, verdict);
    }
}

void Checker::judge_limit(const CheckName& account,
                          const CheckedLimit& checked,
                          const CheckTotals* totals,
                          CheckResult& verdict) {
    const Limit& limit = rules_.limits()[checked.limit];
    const HeldLevel level = level_of(account, limit);
    const bool has_estimate = wanted_.query != nullptr && wanted_.query->estimate;
    const bool is_verbose = wanted_.query != nullptr && wanted_.query->is_verbose;
    if (level.level == Action::kNone && !is_verbose && !(has_estimate && checked.blocks)) {
        return;
    }
    CheckedOne one{CheckReason::kNone, checked.limit, &account};
    one.level = level.level;
    one.amount = checked.amount;
    one.has_total = limit.judge == Judge::kTotal && state_.has_totals;
    const Counted now = one.has_total ? counted(checked.limit, totals) : Counted{};
    one.used = now.total;
    const Int128 wanted = has_estimate && checked.blocks ? this->wanted(limit.meter) : 0;
    const bool passes = has_estimate && checked.blocks && one.has_total &&
                        one.used + one.held + wanted > checked.blocking;
    if (one.has_total && checked.blocks) {
        one.remaining = std::max(checked.blocking - one.used - one.held, Int128{0});
    }
    const bool is_spared =
        limit.meter.kind == MeterKind::kUsd && (passes || is_blocking(one.level)) && spares_usd();
    if ((passes || is_blocking(one.level)) && !is_spared) {
        one.reason = CheckReason::kLimit;
    } else if (one.level == Action::kThrottle) {
        one.reason = CheckReason::kThrottle;
    }
    if (one.reason != CheckReason::kNone && (wanted <= checked.blocking || !passes)) {
        // Levels go by themselves, and what passes a step by an estimate alone may come again with
        // the next window, or when a pane has left a rolling one.
        std::optional<int64_t> until = now.end_ms;
        if (is_blocking(one.level) || (one.level == Action::kThrottle && !passes)) {
            until = level.until_ms;
        } else if (limit.window.is_rolling()) {
            until = pane_of(EventTime(now_ms_)).end_ms();
        }
        one.retry_after_ms = until ? std::optional(*until - now_ms_) : std::nullopt;
    }
    if (is_verbose) {
        verdict.limits.push_back(one);
    }
    if (one.reason != CheckReason::kNone) {
        (limit.shadow ? verdict.shadow : verdict.reasons).push_back(one);
    }
}

HeldLevel Checker::level_of(const CheckName& account, const Limit& limit) const {
    const std::vector<CheckLevel>* const levels = state_.levels_of(account.key);
    if (levels == nullptr) {
        return {};
    }
    const auto found = std::ranges::find(*levels, limit.name, &CheckLevel::limit);
    return found == levels->end() ? HeldLevel{} : rules_.held_at(*found, now_ms_);
}

// A rolling total is that of the last closing and what came since, until the whole window has
// passed since the account was last charged.
Checker::Counted Checker::counted(uint32_t limit, const CheckTotals* totals) {
    const WindowSpec& window = rules_.limits()[limit].window;
    Counted counted;
    if (window.has_end() && !window.is_per_account()) {
        counted.end_ms = rules_.bounds_of(limit, now_ms_).end_ms;
    }
    if (totals == nullptr) {
        return counted;
    }
    for (const CheckTotal& one : *totals) {
        if (one.limit != limit) {
            continue;
        }
        if (window.is_rolling()) {
            const bool holds = one.begin > pane_of(EventTime(now_ms_)).index - window.minutes;
            counted.total = holds ? one.total : 0;
        } else if (window.is_per_account()) {
            const int64_t length_ms = window.minutes * kMinuteMs;
            const int64_t after = floor_divide(now_ms_ - one.begin, length_ms);
            counted.total = after == 0 ? one.total : counted.total;
            counted.end_ms = one.begin + (after + 1) * length_ms;
        } else if (window.is_lifetime() || one.begin == rules_.bounds_of(limit, now_ms_).start_ms) {
            counted.total = one.total;
        }
    }
    return counted;
}

Int128 Checker::wanted(const Meter& meter) {
    const CheckEstimate& estimate = estimate_of(*wanted_.query);
    const auto used = [&](std::string_view name) {
        const auto found = std::ranges::find(estimate.usage, name, &Usage::meter);
        return found == estimate.usage.end() ? Int128{0} : Int128{found->quantity};
    };
    switch (meter.kind) {
        case MeterKind::kUsd:
            return wanted_usd();
        case MeterKind::kRequests:
            return estimate.requests;
        case MeterKind::kTokens:
            return estimate.tokens ? Int128{*estimate.tokens}
                                   : used(kInputTokens) + used(kOutputTokens);
        case MeterKind::kIngressBytes:
            return estimate.ingress_bytes;
        case MeterKind::kEgressBytes:
            return estimate.egress_bytes;
        case MeterKind::kUsage:
            break;
    }
    return used(meter.usage);
}

Int128 Checker::wanted_usd() {
    if (wanted_.usd) {
        return *wanted_.usd;
    }
    const CheckEstimate& estimate = estimate_of(*wanted_.query);
    if (estimate.usd) {
        wanted_.usd = estimate.usd->pico();
        return *wanted_.usd;
    }
    // Each request is a span of its own; what is streamed and not final is none.
    span_.is_streaming = true;
    price_span();
    const auto pico = [&](bool is_final) {
        span_.is_final_chunk = is_final;
        const ingest::PricedSpan priced = rules_.prices().price(span_, record_);
        return priced.is_too_large ? kSpanCostPicoMax + 1 : priced.cost.pico();
    };
    const Int128 without = pico(false);
    const Int128 each = estimate.requests == 0 ? 0 : pico(true) - without;
    wanted_.usd = without + each * Int128{estimate.requests};
    return *wanted_.usd;
}

// The span that the estimate would be.
void Checker::price_span() {
    const CheckEstimate& estimate = estimate_of(*wanted_.query);
    record_.usages = estimate.usage;
    span_.usage_begin = 0;
    span_.usage_count = static_cast<uint32_t>(estimate.usage.size());
    span_.duration_us = estimate.duration_ms * 1000;
    span_.ingress_bytes = estimate.ingress_bytes;
    span_.egress_bytes = estimate.egress_bytes;
}

// What is free spends nothing, and what has no price may be let through: a limit on usd refuses
// neither.
bool Checker::spares_usd() {
    if (wanted_.spares_usd) {
        return *wanted_.spares_usd;
    }
    wanted_.spares_usd = false;
    if (wanted_.query == nullptr) {
        return false;
    }
    const std::optional<CheckEstimate>& estimate = wanted_.query->estimate;
    const bool lets_unpriced = rules_.settings().check.unpriced == Unsure::kAllow;
    if (estimate && estimate->usd && *estimate->usd > Money()) {
        return false;
    }
    if (!estimate || estimate->usage.empty()) {
        const ModelPrice price = rules_.model_price(span_.dimension(Dimension::kProvider),
                                                    span_.dimension(Dimension::kModel));
        wanted_.spares_usd =
            price == ModelPrice::kFree || (price == ModelPrice::kNone && lets_unpriced);
        return *wanted_.spares_usd;
    }
    price_span();
    const ingest::UsagePrice price = rules_.prices().usage_price(span_, record_);
    wanted_.spares_usd = (price == ingest::UsagePrice::kFree && wanted_usd() == 0) ||
                         (price == ingest::UsagePrice::kUnpriced && lets_unpriced);
    return *wanted_.spares_usd;
}

void Checker::finish(CheckResult& verdict) {
    verdict.is_allowed = std::ranges::none_of(verdict.reasons, &CheckedOne::refuses);
    if (verdict.is_allowed) {
        return;
    }
    verdict.retry_after_ms = 0;
    for (const CheckedOne& one : verdict.reasons) {
        if (one.refuses() && is_longer(one.retry_after_ms, verdict.retry_after_ms)) {
            verdict.retry_after_ms = one.retry_after_ms;
        }
    }
}

}  // namespace spantoll::tools
