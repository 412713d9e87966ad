#include "window/account_registry.h"

#include <algorithm>
#include <utility>

#include "schemas/ancestors.h"
#include "window/charge_effect.h"

namespace spantoll::window {
namespace {

// Offers of accounts that left are dropped when there are more of them than accounts.
constexpr size_t kStaleOffersMin = 1'024;

}  // namespace

AccountRegistry::AccountRegistry(AccountPool& accounts,
                                 const AccountKinds& kinds,
                                 const CountingPlans& plans,
                                 const AccountSettings& settings,
                                 const MeterTable& meters)
    : accounts_(accounts),
      kinds_(kinds),
      plans_(plans),
      settings_(settings),
      meters_(meters),
      count_by_kind_(kinds.all().size()),
      idle_by_kind_(kinds.all().size()) {}

AccountIndex AccountRegistry::find(std::string_view account) const {
    const auto found = by_text_.find(account);
    return found == by_text_.end() ? kNoAccount : found->second;
}

AccountIndex AccountRegistry::find_or_create(KindIndex kind,
                                             std::string_view account,
                                             const Claim& claim) {
    if (const AccountIndex known = find(account); known != kNoAccount) {
        return known;
    }
    if (is_stranger(account) || count_by_kind_[kind] < settings_.max_per_kind ||
        make_room(kind, account, claim)) {
        return come(kind, account);
    }
    ++overflows_;
    return other_of(kind);
}

AccountId AccountRegistry::take_id() {
    return std::exchange(next_id_, next_id_.next());
}

AccountIndex AccountRegistry::other_of(KindIndex kind) {
    const std::string other = stranger_account(kinds_.at(kind), kOtherValue);
    const AccountIndex known = find(other);
    return known != kNoAccount ? known : come(kind, other);
}

AccountIndex AccountRegistry::come(KindIndex kind, std::string_view text) {
    const AccountIndex index = create(kind, text, take_id());
    if (plans_.at(accounts_[index].plan).is_short_lived && rest_.came) {
        rest_.came(index);
    }
    return index;
}

AccountIndex AccountRegistry::create(KindIndex kind, std::string_view text, AccountId id) {
    AccountIndex index = static_cast<AccountIndex>(accounts_.size());
    if (free_.empty()) {
        accounts_.add();
    } else {
        index = free_.back();
        free_.pop_back();
        accounts_.reset(index);
    }
    Account& account = accounts_[index];
    AccountNotes& notes = accounts_.notes(index);
    AccountHead& head = accounts_.head(index);
    notes.text = text;
    head.id = id;
    account.kind = kind;
    account.plan = plans_.plan_of(kind, text);
    const Plan& plan = plans_.at(account.plan);
    account.counters.resize(plan.counters.size());
    for (size_t i = 0; i < plan.counters.size(); ++i) {
        account.counters[i].slot = slot_base_ + plan.counters[i].ordinal;
        for (const Alpha alpha : plan.counters[i].alphas) {
            account.counters[i].emas.push_back(EmaRow{alpha, false, 0});
        }
    }
    follow_parents(index);
    by_text_.emplace(notes.text, index);
    by_id_.put(id, index);
    if (!is_stranger(text)) {
        ++count_by_kind_[kind];
        offer(index);
    }
    return index;
}

AccountIndex AccountRegistry::restore(std::string_view account, AccountId id) {
    const AccountIndex known = find(account);
    return known != kNoAccount ? known
                               : create(kinds_.kind_of(account).value_or(kGlobalKind), account, id);
}

AccountIndex AccountRegistry::restore_left(std::string_view account) {
    const std::optional<KindIndex> kind = kinds_.kind_of(account);
    if (!kind || plans_.at(plans_.plan_of(*kind, account)).is_short_lived) {
        return kNoAccount;
    }
    return create(*kind, account, take_id());
}

std::vector<AccountRef> AccountRegistry::resolve_parents(std::string_view account) const {
    std::vector<AccountRef> all;
    for (std::string& ancestor : ancestors_of(settings_.parents, account)) {
        const KindIndex kind = kinds_.kind_of(ancestor).value_or(kGlobalKind);
        all.push_back({std::move(ancestor), kind, kNoAccount, {}});
    }
    return all;
}

void AccountRegistry::follow_parents(AccountIndex index) {
    AccountNotes& notes = accounts_.notes(index);
    notes.parents = resolve_parents(notes.text);
    accounts_.head(index).has_parents = !notes.parents.empty();
}

void AccountRegistry::set_parents(const std::string& account, std::vector<std::string> parents) {
    if (parents.empty()) {
        settings_.parents.erase(account);
    } else {
        settings_.parents.insert_or_assign(account, std::move(parents));
    }
    if (const AccountIndex index = find(account); index != kNoAccount) {
        follow_parents(index);
    }
}

void AccountRegistry::resolve_all_parents() {
    for (const auto& [text, index] : by_text_) {
        follow_parents(index);
    }
}

void AccountRegistry::add_parents_of(AccountIndex child,
                                     std::string_view account,
                                     const Charge& charge,
                                     std::vector<AccountIndex>& out) {
    const auto add = [&](AccountIndex index) {
        if (std::find(out.begin(), out.end(), index) == out.end()) {
            out.push_back(index);
        }
    };
    if (accounts_.text(child) != account) {  // beyond the cap: a name without an account
        for (const AccountRef& parent : resolve_parents(account)) {
            add(find_or_create(parent.kind, parent.account, {&charge, out}));
        }
        return;
    }
    for (size_t i = 0; i < accounts_.notes(child).parents.size(); ++i) {
        AccountRef& parent = accounts_.notes(child).parents[i];
        if (parent.index != kNoAccount && accounts_.is_current(parent.index, parent.id)) {
            add(parent.index);
            continue;
        }
        const AccountIndex index = find_or_create(parent.kind, parent.account, {&charge, out});
        AccountRef& again = accounts_.notes(child).parents[i];
        // An overflow account stands in for now; the parent may get an account of its own later.
        again.index = accounts_.text(index) == again.account ? index : kNoAccount;
        again.id = accounts_.id(index);
        add(index);
    }
}

void AccountRegistry::remove(AccountIndex index) {
    const std::string& text = accounts_.text(index);
    count_by_kind_[accounts_[index].kind] -= is_stranger(text) ? 0 : 1;
    by_text_.erase(text);
    by_id_.erase(accounts_.id(index));
    const bool was_dirty = accounts_[index].rows.is_dirty;
    accounts_.reset(index);
    accounts_[index].rows.is_dirty = was_dirty;  // RowSchedule has it; without an id it has left
    free_.push_back(index);
}

void AccountRegistry::offer(AccountIndex index) {
    Account& account = accounts_[index];
    const AccountId id = accounts_.id(index);
    if (id.is_none() || account.is_offered || is_stranger(accounts_.text(index)) ||
        !rest_.has_spent_nothing(index)) {
        return;
    }
    IdleAccounts& idle = idle_by_kind_[account.kind];
    if (idle.size() > 2 * count_by_kind_[account.kind] + kStaleOffersMin) {
        idle.keep([&](const auto& offer) { return accounts_.is_current(offer.account, offer.id); });
    }
    account.is_offered = true;
    idle.put({id, index});
}

// kNoAccount where everybody has spent something. The account stays offered.
AccountIndex AccountRegistry::newest_idle(KindIndex kind, std::span<const AccountIndex> others) {
    IdleAccounts& idle = idle_by_kind_[kind];
    std::vector<IdleAccounts::Offer> passed_over;
    AccountIndex found = kNoAccount;
    while (found == kNoAccount && !idle.is_empty()) {
        const IdleAccounts::Offer newest = idle.newest();
        if (!accounts_.is_current(newest.account, newest.id)) {
            idle.drop_newest();
            continue;
        }
        if (std::find(others.begin(), others.end(), newest.account) != others.end()) {
            passed_over.push_back(newest);
            idle.drop_newest();
            continue;
        }
        if (rest_.has_spent_nothing(newest.account) && rest_.may_give_way &&
            rest_.may_give_way(newest.account)) {
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

// Whether a charge counts for anything but the account's own record: money, or what one of its
// limits counts.
bool AccountRegistry::spends(const Plan& plan, const Charge& charge) const {
    ChargeSum sum;
    sum.set(charge);
    const auto is_charged = [&](const auto& counted) {
        return amount_of(sum, counted.meter, meters_) != 0;
    };
    return std::any_of(plan.counters.begin(), plan.counters.end(), is_charged) ||
           std::any_of(plan.calendar_meters.begin(), plan.calendar_meters.end(), is_charged);
}

// What the account that gives way counted in open periods goes where it would have gone if its name
// had come beyond the cap. So no row is left that a later account of the same name would have to
// continue.
bool AccountRegistry::make_room(KindIndex kind, std::string_view account, const Claim& claim) {
    if (!spends(plans_.at(plans_.plan_of(kind, account)), *claim.charge)) {
        return false;
    }
    const AccountIndex idle = newest_idle(kind, claim.others);
    if (idle == kNoAccount) {
        return false;
    }
    const AccountIndex other = other_of(kind);
    rest_.hand_over(idle, other);
    remove(idle);
    return true;
}

bool AccountRegistry::is_closed(KindIndex kind) {
    return count_by_kind_[kind] >= settings_.max_per_kind && newest_idle(kind, {}) == kNoAccount;
}

}  // namespace spantoll::window
