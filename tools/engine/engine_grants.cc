#include <algorithm>
#include <set>

#include "schemas/check.h"
#include "tools/engine/engine.h"
#include "window/calendar.h"

namespace spantoll::tools {
namespace {

// As CountingPlans::set_added() names the accounts.
std::string_view account_of(const Grant& grant) {
    return grant.account == kEveryAccount ? std::string_view() : grant.account;
}

}  // namespace

std::optional<uint32_t> Engine::limit_named(std::string_view name) const {
    const std::vector<Limit>& limits = options_.settings.limits;
    const Limit* const found = find_limit(limits, name);
    return found == nullptr ? std::nullopt
                            : std::optional(static_cast<uint32_t>(found - limits.data()));
}

int64_t Engine::command_time_ms(int64_t at_ms) const {
    const Pane first_open = ledger_.first_open_pane();
    return first_open.is_set() ? first_open.start_ms() : floor_divide(at_ms, kMinuteMs) * kMinuteMs;
}

std::optional<WindowSpec> Engine::window_for(const Limit& limit, std::string_view account) {
    if (!limit.window.is_per_account()) {
        return limit.window;
    }
    const std::optional<uint32_t> wanted = limit_named(limit.name);
    const window::AccountIndex index = ledger_.find(account);
    if (!wanted || index == window::kNoAccount) {
        return std::nullopt;
    }
    for (const window::JudgedLimit& judged : ledger_.plan(index).limits) {
        if (judged.limit != *wanted) {
            continue;
        }
        const std::optional<int64_t> anchor_ms =
            ledger_.changed_anchors().find(index, judged.window);
        return anchor_ms ? std::optional(window::anchored_at(limit.window, *anchor_ms))
                         : std::nullopt;
    }
    return std::nullopt;
}

// Those of a limit that is gone, or begins anew, go with it.
void Engine::restore_grants(const store::LoadedState& state) {
    for (const Grant& grant : state.grants) {
        grants_.restore(grant);
        const std::optional<uint32_t> limit = limit_named(grant.limit);
        if (!limit || ends_with_its_limit(grant, state.limits, options_.settings.limits)) {
            grants_.remove(grant.number);
            continue;
        }
        plans_.set_added(*limit, account_of(grant), grants_.added_to({grant.limit, grant.account}));
    }
}

void Engine::add_grant(const Grant& grant, int64_t effective_ms) {
    grants_.add(grant);
    follow_grants({grant}, effective_ms);
}

std::optional<Grant> Engine::end_grant(uint64_t number, int64_t effective_ms) {
    std::optional<Grant> ended = grants_.remove(number);
    if (ended) {
        follow_grants({*ended}, effective_ms);
    }
    return ended;
}

void Engine::end_grants_at(int64_t closing_ms) {
    const std::vector<Grant> ended = grants_.remove_ended(closing_ms);
    if (!ended.empty()) {
        follow_grants(ended, closing_ms);
    }
}

// All amounts are as they will be before the first account is judged anew, so each is judged once.
void Engine::follow_grants(const std::vector<Grant>& changed, int64_t effective_ms) {
    std::set<std::pair<uint32_t, std::string>> targets;  // the order of what is decided
    for (const Grant& grant : changed) {
        const std::optional<uint32_t> limit = limit_named(grant.limit);
        CHECK(limit, "a grant goes with its limit");
        const std::string account(account_of(grant));
        plans_.set_added(*limit, account, grants_.added_to({grant.limit, grant.account}));
        targets.emplace(*limit, account);
    }
    for (const auto& [limit, account] : targets) {
        policy_.follow_amounts({limit, account, effective_ms}, decisions_);
    }
    has_changes_ = true;
}

size_t Engine::reset(std::string_view limit, std::string_view account, int64_t effective_ms) {
    const std::optional<uint32_t> index = limit_named(limit);
    CHECK(index, "the caller looked for it");
    has_changes_ = true;
    return policy_.reset(
        {*index, account == kEveryAccount ? std::string_view() : account, effective_ms},
        decisions_);
}

}  // namespace spantoll::tools
