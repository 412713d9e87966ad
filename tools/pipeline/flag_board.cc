#include "tools/pipeline/flag_board.h"

#include <absl/strings/string_view.h>
#include <algorithm>

#include "schemas/event_time.h"

namespace spantoll::tools {

void FlagBoard::update(const std::vector<EnforceRow>& rows,
                       const std::vector<std::pair<std::string, std::string>>& removed) {
    const std::lock_guard lock(mutex_);
    const auto take_off = [&](const std::string& account, const std::string& limit) {
        const auto found = by_account_.find(account);
        if (found == by_account_.end()) {
            return;
        }
        std::erase_if(found->second, [&](const Flag& flag) { return flag.limit == limit; });
        if (found->second.empty()) {
            by_account_.erase(found);
        }
    };
    for (const auto& [account, limit] : removed) {
        take_off(account, limit);
    }
    for (const EnforceRow& row : rows) {
        take_off(row.account, row.limit);
        if (row.level != Action::kNone && !row.shadow) {
            by_account_[row.account].push_back(
                {row.limit, row.level, row.since_ms, row.valid_until_ms});
        }
    }
}

void FlagBoard::set_time(Pane first_open_pane, int64_t watermark_ms) {
    const std::lock_guard lock(mutex_);
    as_of_ms_ = first_open_pane.is_set() ? first_open_pane.start_ms() : kUnset;
    watermark_ms_ = watermark_ms;
}

FlagBoard::State FlagBoard::read(std::string_view account) const {
    const std::lock_guard lock(mutex_);
    State state;
    state.as_of_ms = as_of_ms_;
    state.watermark_ms = watermark_ms_;
    const auto found = by_account_.find(absl::string_view(account.data(), account.size()));
    if (found != by_account_.end()) {
        state.flags = found->second;
    }
    return state;
}

void FlagBoard::set_closed(std::vector<bool> closed) {
    const std::lock_guard lock(mutex_);
    closed_ = std::move(closed);
}

bool FlagBoard::is_closed(KindIndex kind) const {
    const std::lock_guard lock(mutex_);
    return kind < closed_.size() && closed_[kind];
}

size_t FlagBoard::size() const {
    const std::lock_guard lock(mutex_);
    size_t count = 0;
    for (const auto& [account, flags] : by_account_) {
        count += flags.size();
    }
    return count;
}

}  // namespace spantoll::tools
