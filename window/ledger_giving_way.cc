#include <algorithm>
#include <utility>

#include "window/ledger.h"

// Beyond max_per_kind: a name that spends takes the place of the newest account that has not. So
// names that cost nothing, however many, keep nobody out whose money a limit should count, and as
// they never take a place themselves, each account gives way at most once to an account that stays.
namespace spantoll::window {
namespace {

// Offers of accounts that left are dropped when there are more of them than accounts.
constexpr size_t kStaleOffersMin = 1'024;

}  // namespace

// Whether a charge counts for anything but the account's own record: money, or what one of its
// limits counts.
bool Ledger::spends(const Plan& plan, const Charge& charge) const {
    const ChargeAmounts amounts = amounts_of(charge);
    const auto is_charged = [&](const Meter& meter) {
        if (meter.kind != MeterKind::kUsage) {
            return amounts[static_cast<size_t>(meter.kind)] != 0;
        }
        return std::any_of(charge.usage.begin(), charge.usage.end(), [&](const auto& usage) {
            return usage.quantity != 0 && meters_.name(usage.meter) == meter.usage;
        });
    };
    return std::any_of(plan.counters.begin(),
                       plan.counters.end(),
                       [&](const CounterSpec& counter) { return is_charged(counter.meter); }) ||
           std::any_of(plan.calendar_meters.begin(),
                       plan.calendar_meters.end(),
                       [&](const CalendarMeter& judged) { return is_charged(judged.meter); });
}

// Whether no decision would be another one if the account were forgotten. Its tally, if it has one,
// must have ended.
bool Ledger::has_spent_nothing(AccountIndex index) const {
    const Account& account = accounts_[index];
    const bool was_counted = std::any_of(
        account.counters.begin(), account.counters.end(), [](const RollingCounter& counter) {
            return counter.last_charged_pane != kUnset;
        });
    if (was_counted) {
        return false;
    }
    const std::vector<CalendarMeter>& judged = plan(index).calendar_meters;
    return std::all_of(account.periods.begin(), account.periods.end(), [&](const auto& period) {
        const bool has_cost =
            plans_.windows()[period.window].is_configured && period.totals.cost.pico() != 0;
        return !has_cost &&
               std::all_of(judged.begin(), judged.end(), [&](const CalendarMeter& meter) {
                   return meter.window != period.window ||
                          period_total(index, period.window, period.start_ms, meter.meter) == 0;
               });
    });
}

// Called where an account may have become one that has spent nothing.
void Ledger::offer(AccountIndex index) {
    Account& account = accounts_[index];
    if (id(index) == 0 || account.is_offered || is_stranger(text(index)) ||
        !has_spent_nothing(index)) {
        return;
    }
    IdleAccounts& idle = idle_by_kind_[account.kind];
    if (idle.size() > 2 * count_by_kind_[account.kind] + kStaleOffersMin) {
        idle.keep([&](const auto& offer) { return is_current(offer.account, offer.id); });
    }
    account.is_offered = true;
    idle.put({id(index), index});
}

// kNoAccount where everybody has spent something. The account stays offered.
AccountIndex Ledger::newest_idle(KindIndex kind, std::span<const AccountIndex> others) {
    IdleAccounts& idle = idle_by_kind_[kind];
    std::vector<IdleAccounts::Offer> passed_over;
    AccountIndex found = kNoAccount;
    while (found == kNoAccount && !idle.is_empty()) {
        const IdleAccounts::Offer newest = idle.newest();
        if (!is_current(newest.account, newest.id)) {
            idle.drop_newest();
            continue;
        }
        if (std::find(others.begin(), others.end(), newest.account) != others.end()) {
            passed_over.push_back(newest);
            idle.drop_newest();
            continue;
        }
        end_tally(newest.account);
        if (has_spent_nothing(newest.account) && may_give_way_ && may_give_way_(newest.account)) {
            found = newest.account;
            continue;
        }
        accounts_[newest.account].is_offered = false;
        idle.drop_newest();
    }
    for (const IdleAccounts::Offer& offer : passed_over) {
        idle.put(offer);
    }
    return found;
}

bool Ledger::make_room(KindIndex kind, std::string_view account, const Claim& claim) {
    if (!spends(plans_.at(plans_.plan_of(kind, account)), *claim.charge)) {
        return false;
    }
    const AccountIndex idle = newest_idle(kind, claim.others);
    if (idle == kNoAccount) {
        return false;
    }
    give_way(idle);
    return true;
}

bool Ledger::is_closed(KindIndex kind) {
    return count_by_kind_[kind] >= settings_.max_per_kind && newest_idle(kind, {}) == kNoAccount;
}

// What it counted in open periods goes where it would have gone had its name come beyond the cap.
// So no row is left that a later account of the same name would have to go on with.
void Ledger::give_way(AccountIndex index) {
    const KindIndex kind = accounts_[index].kind;
    const std::string other_text = stranger_account(kinds_.at(kind), kOtherValue);
    AccountIndex other = find(other_text);
    if (other == kNoAccount) {
        other = create(kind, other_text, next_id_++);
    }
    end_tally(other);
    const auto periods = std::exchange(accounts_[index].periods, {});
    for (const OpenPeriod& period : periods) {
        if (!period.is_new) {
            given_up_.emplace_back(text(index), period_named(period));
        }
        move_totals(period, other);
    }
    mark_dirty(other);
    remove(index);
    for (const OpenPeriod& period : periods) {
        EndedPeriod& members = open_by_end_[{period_end_ms(period_named(period)), period.window}];
        if (++members.given_up * 2 > members.accounts.size()) {
            forget_given_up(members);
        }
    }
}

Period Ledger::period_named(const OpenPeriod& period) const {
    return {plans_.windows()[period.window].window, period.start_ms};
}

void Ledger::move_totals(const OpenPeriod& from, AccountIndex to) {
    const std::vector<uint32_t>& counted = plan(to).windows;
    if (std::find(counted.begin(), counted.end(), from.window) == counted.end()) {
        return;  // judged by limits that do not hold for it
    }
    OpenPeriod& into =
        open_period(to, from.window, {from.start_ms, period_end_ms(period_named(from))});
    add_totals(into.totals, from.totals, into.totals.last_ms == 0);
    into.is_dirty = true;
}

// Who has the period, each once: an index that gave way may be another account's by now, which may
// have the same period.
void Ledger::forget_given_up(EndedPeriod& members) const {
    if (members.given_up == 0) {
        return;
    }
    std::sort(members.accounts.begin(), members.accounts.end());
    const auto repeated = std::unique(members.accounts.begin(), members.accounts.end());
    members.accounts.erase(repeated, members.accounts.end());
    std::erase_if(members.accounts, [&](AccountIndex account) {
        return accounts_[account].find_period(members.window, members.start_ms) == nullptr;
    });
    members.given_up = 0;
}

std::vector<std::pair<std::string, Period>> Ledger::take_given_up() {
    return std::exchange(given_up_, {});
}

}  // namespace spantoll::window
