#include "window/pane_buffer.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace spantoll::window {
namespace {

// How far ahead of its turn memory is fetched: a sum, its account, and then what the account points
// to.
constexpr size_t kSumsAhead = 16;
constexpr size_t kAhead = 8;
constexpr size_t kUsageAhead = 4;
// The same of a place that a sum is put into.
constexpr size_t kFreeAhead = 8;

// Adds a sum of the pane that closes to an account's numbers and to the pane's row.
class ClosingAccount {
  public:
    ClosingAccount(const BufferParts& parts, AccountIndex index, std::vector<PaneEntry>& closed)
        : parts_(parts), open_(parts, index), index_(index), closed_(closed) {}

    template <class Add>
    void for_each_period(const ChargeSum& sum, Add&& add) {
        open_.for_each_period(sum, add);
    }
    template <class Visit>
    void for_each_counter(Visit&& visit) const {
        open_.for_each_counter(visit);
    }
    void add(size_t counter, int64_t /*pane*/, Int128 amount) {
        parts_.rolling.close_amount(index_, counter, amount, closed_);
    }

  private:
    const BufferParts& parts_;
    OpenAccount open_;
    const AccountIndex index_;
    std::vector<PaneEntry>& closed_;
};

}  // namespace

bool PaneBuffer::begin_after(AccountIndex index, const BufferedCharge& charge, bool is_journaled) {
    const Account& account = accounts_[index];
    if (accounts_.head(index).open_pane != charge.pane || account.has_levels) {
        return false;
    }
    const Room room = room_of(account, charge.pane);
    if (room.cost <= 0) {
        return false;
    }
    begin(index, room, is_journaled);
    return true;
}

bool PaneBuffer::begin_with(AccountIndex index, const BufferedCharge& charge) {
    AccountHead& head = accounts_.head(index);
    const Account& account = accounts_[index];
    const Plan& plan = parts_.plans.at(account.plan);
    // Without a cost the account might not go on to the pane.
    if (charge.pane <= head.open_pane || charge.cost <= 0 || account.has_levels ||
        !parts_.first_steps.is_set() || plan.is_off_minute) {
        return false;
    }
    flush(index);
    const int64_t first_open = parts_.rolling.first_open_pane();
    for (const uint32_t window : plan.windows) {
        parts_.calendar.totals_to_charge(index, window, charge.pane * kMinuteMs, first_open);
    }
    parts_.rolling.move_open_pane(index, charge.pane);
    const Room room = room_of(account, charge.pane);
    if (charge.cost >= room.cost || charge.tokens >= room.tokens ||
        charge.requests >= room.requests) {
        return false;
    }
    begin(index, room, parts_.rows.mark_charged(index));
    head.is_whole = true;
    take(index, head, charge);
    return true;
}

void PaneBuffer::begin(AccountIndex index, const Room& room, bool is_journaled) {
    AccountHead& head = accounts_.head(index);
    head.room = static_cast<int64_t>(std::min(room.cost, Int128{AccountHead::kRoomMax}));
    head.is_journaled = is_journaled;
    head.bounds_usage = room.counts_usage;
    if (room.counts_usage) {
        BufferedUsage& usage = accounts_.usage(index);
        usage.tokens_left = static_cast<int64_t>(room.tokens);
        usage.requests_left = static_cast<uint32_t>(room.requests);
    }
}

DeferredIndex PaneBuffer::take_free_deferred() {
    if (free_deferred_.empty()) {
        deferred_.emplace_back();
        return static_cast<DeferredIndex>(deferred_.size() - 1);
    }
    const DeferredIndex at = free_deferred_.back();
    free_deferred_.pop_back();
    // Nobody has touched the free ones since their pane closed.
    if (free_deferred_.size() >= kFreeAhead) {
        prefetch_sum(free_deferred_[free_deferred_.size() - kFreeAhead]);
    }
    return at;
}

// False where there are too many.
bool PaneBuffer::defer(AccountIndex index, AccountHead& head, int64_t pane) {
    if (head.open_pane < parts_.calendar.first_alike(pane) || deferred_.size() >= kNoDeferred) {
        return false;
    }
    const DeferredIndex at = take_free_deferred();
    DeferredSum& deferred = deferred_[at];
    deferred.sum = head.sum;
    deferred.account = index;
    deferred.pane = head.open_pane;
    deferred.before = head.deferred;
    deferred.has_usage = head.has_usage;
    if (head.has_usage) {
        if (deferred_usage_.size() <= at) {
            deferred_usage_.resize(at + 1);
        }
        BufferedUsage& usage = accounts_.usage(index);
        deferred_usage_[at] = usage;
        usage.forget_quantities();
        head.has_usage = false;
    }
    newly_deferred_.push_back(at);
    deferred_by_pane_[head.open_pane].push_back(at);
    parts_.rolling.move_without_entry(index, pane);
    head.deferred = at & kNoDeferred;
    head.room -= head.sum.cost;
    head.sum = {};
    return true;
}

void PaneBuffer::give_up(AccountIndex index) {
    AccountHead& head = accounts_.head(index);
    if (head.deferred != kNoDeferred) {
        give_up_deferred(index);
    }
    const bool uses_line = head.has_usage || head.bounds_usage;
    const bool has_sum = !head.sum.is_empty();
    if (has_sum) {
        to_charge_sum(
            head.sum, head.has_usage ? &accounts_.usage(index) : nullptr, head.open_pane, sum_);
    }
    head.end();
    if (has_sum) {
        add_to_account(index);
    }
    if (uses_line) {
        accounts_.usage(index) = {};
    }
}

// What of the account is deferred goes to its numbers and to the entries of its panes.
void PaneBuffer::give_up_deferred(AccountIndex index) {
    AccountHead& head = accounts_.head(index);
    int64_t above = head.open_pane;
    for (DeferredIndex at = head.deferred; at != kNoDeferred;) {
        // With its pane a sum was given up, and its place may be another one's since, or the
        // account's own for a higher pane.
        DeferredSum& deferred = deferred_[at];
        if (deferred.account != index || deferred.pane >= above) {
            break;
        }
        to_charge_sum(
            deferred.sum, deferred.has_usage ? &deferred_usage_[at] : nullptr, deferred.pane, sum_);
        add_to_account(index);
        above = deferred.pane;
        at = deferred.before;
        deferred.account = kNoAccount;
    }
    head.deferred = kNoDeferred;
}

void PaneBuffer::add_to_account(AccountIndex index) {
    OpenAccount account(parts_, index);
    apply_charge(sum_, parts_.meters, account);
}

void PaneBuffer::flush_deferred() {
    for (const DeferredIndex at : newly_deferred_) {
        if (deferred_[at].account != kNoAccount) {
            give_up_deferred(deferred_[at].account);
        }
    }
    newly_deferred_.clear();
}

void PaneBuffer::prefetch_sum(DeferredIndex at) const {
    prefetch_line(&deferred_[at]);
    if (at < deferred_usage_.size()) {
        prefetch_line(&deferred_usage_[at]);
    }
}

void PaneBuffer::prefetch_deferred(const std::vector<DeferredIndex>& all, size_t at) {
    if (at + kSumsAhead < all.size()) {
        prefetch_sum(all[at + kSumsAhead]);
    }
    const auto account_at = [&](size_t later) {
        return later < all.size() ? deferred_[all[later]].account : kNoAccount;
    };
    if (const AccountIndex account = account_at(at + kAhead); account != kNoAccount) {
        accounts_.prefetch_head(account);
        accounts_.prefetch_charge(account);
    }
    if (const AccountIndex account = account_at(at + kUsageAhead); account != kNoAccount) {
        accounts_.prefetch_usage_totals(account);
    }
}

void PaneBuffer::close_deferred(int64_t pane, std::vector<PaneEntry>& closed) {
    const auto found = deferred_by_pane_.find(pane);
    if (found == deferred_by_pane_.end()) {
        return;
    }
    const std::vector<DeferredIndex>& all = found->second;
    for (size_t i = 0; i < all.size(); ++i) {
        prefetch_deferred(all, i);
        DeferredSum& deferred = deferred_[all[i]];
        const AccountIndex index = std::exchange(deferred.account, kNoAccount);
        if (index == kNoAccount) {
            continue;  // it is among the entries
        }
        to_charge_sum(
            deferred.sum, deferred.has_usage ? &deferred_usage_[all[i]] : nullptr, pane, sum_);
        ClosingAccount account(parts_, index, closed);
        apply_charge(sum_, parts_.meters, account);
        parts_.rolling.sample(index);
    }
    free_deferred_.insert(free_deferred_.end(), all.begin(), all.end());
    deferred_by_pane_.erase(found);
}

// Limits that count neither money, tokens nor requests have every charge judged, and so have those
// whose windows begin within a pane: its sum would not tell which window a charge was in.
PaneBuffer::Room PaneBuffer::room_of(const Account& account, int64_t pane) {
    Room room;
    if (!parts_.first_steps.is_set() || parts_.plans.at(account.plan).is_off_minute) {
        return room;
    }
    const FirstSteps& first = parts_.first_steps.of(account.plan);
    room.cost = AccountHead::kRoomMax;
    const auto leave = [&](MeterKind meter, Int128 left) {
        const bool is_usage = meter == MeterKind::kTokens || meter == MeterKind::kRequests;
        room.counts_usage |= is_usage;
        const bool is_known = is_usage || meter == MeterKind::kUsd;
        if (!is_known || left <= 0) {
            room.cost = 0;
            return;
        }
        Int128& mine = meter == MeterKind::kUsd      ? room.cost
                       : meter == MeterKind::kTokens ? room.tokens
                                                     : room.requests;
        mine = std::min(mine, left);
    };
    for (const FirstSteps::Rolling& step : first.rolling) {
        leave(step.meter, step.total - account.counters[step.counter].live);
    }
    for (const FirstSteps::Calendar& step : first.calendar) {
        const int64_t start_ms =
            parts_.calendar.bounds_of(kNoAccount, step.window, pane * kMinuteMs).start_ms;
        const OpenPeriod* open = account.find_period(step.window, start_ms);
        leave(
            step.meter.kind,
            open == nullptr ? 0 : step.total - amount_of(open->totals, step.meter, parts_.meters));
    }
    return room;
}

}  // namespace spantoll::window
