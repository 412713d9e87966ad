#include "tools/checks/check_board.h"

#include <algorithm>

#include "tools/process/random_seed.h"

namespace spantoll::tools {

CheckBoard::CheckBoard() : seed_(random_seed()) {}

void CheckBoard::begin(const Settings& settings,
                       std::shared_ptr<const KeyTable> keys,
                       const store::LoadedLevels& levels) {
    BoardUpdate update;
    update.levels = levels.enforces;
    update.first_open_pane = levels.watermark.closed_pane;
    update.watermark_ms = levels.watermark.watermark_ms;
    update.is_cold = !levels.is_warm;
    {
        const std::lock_guard lock(mutex_);
        state_.rules = std::make_shared<CheckRules>(settings, std::move(keys), seed_);
    }
    apply(std::move(update));
}

void CheckBoard::apply(BoardUpdate&& update) {
    std::shared_ptr<CheckRules> before;  // dropped when nobody waits any longer
    ByText<CheckTotals> totals_before;
    const std::lock_guard lock(mutex_);
    if (update.rules) {
        before = std::exchange(state_.rules, std::move(update.rules));
        std::swap(totals_before, state_.totals);
        state_.totals.reserve(update.totals.size());
        state_.has_totals = true;
    }
    if (update.keys && state_.rules) {
        state_.rules->names().set_keys(std::move(update.keys));
    }
    for (const TextHash& account : update.departed) {
        state_.totals.erase(account);
    }
    for (auto& [account, totals] : update.totals) {
        state_.totals[account] = std::move(totals);
    }
    if (!update.added.empty() && state_.rules) {
        state_.rules->set_added(update.added);
    }
    take_levels(update);
    state_.as_of_ms = update.first_open_pane.is_set() ? update.first_open_pane.start_ms() : kUnset;
    state_.watermark_ms = update.watermark_ms;
    state_.closed = std::move(update.closed);
    state_.is_cold = update.is_cold;
    state_.sequence = update.sequence;
}

void CheckBoard::take_levels(const BoardUpdate& update) {
    for (const auto& [account, limit] : update.removed_levels) {
        take_off(account, limit);
    }
    for (const EnforceRow& row : update.levels) {
        take_off(row.account, row.limit);
        if (row.level != Action::kNone) {
            state_.levels[key_of(row.account)].push_back({row.account,
                                                          row.limit,
                                                          row.level,
                                                          row.since_ms,
                                                          row.valid_until_ms,
                                                          row.shadow,
                                                          row.windows});
        }
    }
}

void CheckBoard::take_off(const std::string& account, const std::string& limit) {
    const auto found = state_.levels.find(key_of(account));
    if (found == state_.levels.end()) {
        return;
    }
    std::erase_if(found->second, [&](const CheckLevel& level) { return level.limit == limit; });
    if (found->second.empty()) {
        state_.levels.erase(found);
    }
}

size_t CheckBoard::size() const {
    return read([](const State& state) {
        size_t count = 0;
        for (const auto& [account, levels] : state.levels) {
            count += static_cast<size_t>(std::ranges::count(levels, false, &CheckLevel::is_shadow));
        }
        return count;
    });
}

}  // namespace spantoll::tools
