#include "tools/checks/check_query.h"

#include <algorithm>

namespace spantoll::tools {
namespace {

std::string_view exceeded(const Meter& meter) {
    switch (meter.kind) {
        case MeterKind::kUsd:
            return "budget_exceeded";
        case MeterKind::kRequests:
            return "requests_exceeded";
        case MeterKind::kTokens:
            return "tokens_exceeded";
        case MeterKind::kIngressBytes:
        case MeterKind::kEgressBytes:
        case MeterKind::kUsage:
            break;
    }
    return meter.usage == kInputTokens || meter.usage == kOutputTokens ? "tokens_exceeded"
                                                                       : "usage_exceeded";
}

}  // namespace

void CheckResult::clear() {
    is_allowed = true;
    reasons.clear();
    shadow.clear();
    limits.clear();
    overflows.clear();
    accounts.clear();
    retry_after_ms.reset();
}

std::string_view reason_name(const CheckedOne& one, const std::vector<Limit>& limits) {
    switch (one.reason) {
        case CheckReason::kKeyUnknown:
            return "key_unknown";
        case CheckReason::kKeyInactive:
            return "key_inactive";
        case CheckReason::kKeyExpired:
            return "key_expired";
        case CheckReason::kOverflow:
            return "overflow";
        case CheckReason::kStale:
            return "stale";
        case CheckReason::kCold:
            return "cold";
        case CheckReason::kLimit:
            return exceeded(limits[one.limit].meter);
        case CheckReason::kThrottle:
            return "throttled";
        case CheckReason::kNone:
            break;
    }
    return {};
}

std::string_view reason_name(const CheckResult& verdict, const std::vector<Limit>& limits) {
    bool refuses_requests = false;
    bool refuses_tokens = false;
    bool refuses_usd = false;
    for (const CheckedOne& one : verdict.reasons) {
        if (one.reason == CheckReason::kLimit) {
            const std::string_view name = reason_name(one, limits);
            refuses_requests = refuses_requests || name == "requests_exceeded";
            refuses_tokens = refuses_tokens || name == "tokens_exceeded";
            refuses_usd = refuses_usd || name == "budget_exceeded";
        }
    }
    const auto first = std::ranges::find_if(verdict.reasons, &CheckedOne::refuses);
    if (first == verdict.reasons.end()) {
        return verdict.reasons.empty() ? std::string_view()
                                       : reason_name(verdict.reasons.front(), limits);
    }
    const bool is_rate = refuses_requests && refuses_tokens && !refuses_usd;
    return is_rate && first->reason == CheckReason::kLimit ? "rate_limited"
                                                           : reason_name(*first, limits);
}

}  // namespace spantoll::tools
