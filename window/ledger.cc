#include "window/ledger.h"

#include <algorithm>
#include <utility>

#include "schemas/ancestors.h"

namespace spantoll::window {

Ledger::Ledger(const LedgerOptions& options, MeterTable& meters)
    : kinds_(*options.kinds),
      plans_(*options.plans),
      settings_(options.accounts),
      retention_(options.retention),
      has_journal_(options.has_journal),
      meters_(meters),
      input_tokens_(meters.intern_configured(kInputTokens)),
      output_tokens_(meters.intern_configured(kOutputTokens)),
      count_by_kind_(options.kinds->all().size()),
      idle_by_kind_(options.kinds->all().size()),
      bounds_cache_(options.plans->windows().size()) {}

AccountIndex Ledger::find(std::string_view account) const {
    const auto found = by_text_.find(account);
    return found == by_text_.end() ? kNoAccount : found->second;
}

AccountIndex Ledger::find_or_create(KindIndex kind, std::string_view account, const Claim& claim) {
    if (const AccountIndex known = find(account); known != kNoAccount) {
        return known;
    }
    if (is_stranger(account) || count_by_kind_[kind] < settings_.max_per_kind ||
        make_room(kind, account, claim)) {
        return create(kind, account, next_id_++);
    }
    ++overflows_;
    const std::string other = stranger_account(kinds_.at(kind), kOtherValue);
    const AccountIndex known = find(other);
    return known != kNoAccount ? known : create(kind, other, next_id_++);
}

AccountIndex Ledger::create(KindIndex kind, std::string_view text, uint64_t id) {
    AccountIndex index = static_cast<AccountIndex>(accounts_.size());
    if (free_.empty()) {
        accounts_.add();
    } else {
        index = free_.back();
        free_.pop_back();
    }
    Account& account = accounts_[index];
    AccountNotes& notes = accounts_.notes(index);
    Tally& tally = accounts_.tally(index);
    account = Account{};
    notes = AccountNotes{};
    tally = Tally{};
    notes.text = text;
    tally.id = id;
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
    notes.parents = resolve_parents(text);
    tally.has_parents = !notes.parents.empty();
    by_text_.emplace(notes.text, index);
    by_id_.put(id, index);
    if (!is_stranger(text)) {
        ++count_by_kind_[kind];
        offer(index);
    }
    return index;
}

std::vector<AccountRef> Ledger::resolve_parents(std::string_view account) const {
    std::vector<AccountRef> all;
    for (std::string& ancestor : ancestors_of(settings_.parents, account)) {
        const KindIndex kind = kinds_.kind_of(ancestor).value_or(kGlobalKind);
        all.push_back({std::move(ancestor), kind, kNoAccount, 0});
    }
    return all;
}

void Ledger::add_parents_of(AccountIndex child,
                            std::string_view account,
                            const Charge& charge,
                            std::vector<AccountIndex>& out) {
    const auto add = [&](AccountIndex index) {
        if (std::find(out.begin(), out.end(), index) == out.end()) {
            out.push_back(index);
        }
    };
    if (text(child) != account) {  // beyond the cap: a name without a place
        for (const AccountRef& parent : resolve_parents(account)) {
            add(find_or_create(parent.kind, parent.account, {&charge, out}));
        }
        return;
    }
    for (size_t i = 0; i < accounts_.notes(child).parents.size(); ++i) {
        AccountRef& parent = accounts_.notes(child).parents[i];
        if (parent.index == kNoAccount || !is_current(parent.index, parent.id)) {
            const AccountIndex index = find_or_create(parent.kind, parent.account, {&charge, out});
            AccountRef& again = accounts_.notes(child).parents[i];
            again.index = index;
            again.id = id(index);
            // An overflow account stands in for now; the parent may find a place later.
            if (text(index) != again.account) {
                again.index = kNoAccount;
            }
            add(index);
            continue;
        }
        add(parent.index);
    }
}

bool Ledger::has_row(std::string_view account, int64_t window_minutes) const {
    const AccountIndex index = find(account);
    if (index == kNoAccount) {
        return false;
    }
    const std::vector<CounterSpec>& counters = plan(index).counters;
    return std::any_of(counters.begin(), counters.end(), [&](const CounterSpec& counter) {
        return counter.window_minutes == window_minutes;
    });
}

void Ledger::mark_changed(AccountIndex index) {
    if (!accounts_[index].is_changed) {
        accounts_[index].is_changed = true;
        changed_.push_back(index);
    }
}

void Ledger::remove(AccountIndex index) {
    Account& account = accounts_[index];
    AccountNotes& notes = accounts_.notes(index);
    if (account.is_restored_row) {
        Departure departure{notes.text, {}};
        for (const CounterSpec& counter : plans_.at(account.plan).counters) {
            departure.window_minutes.push_back(counter.window_minutes);
        }
        departures_.push_back(std::move(departure));
    }
    count_by_kind_[account.kind] -= is_stranger(notes.text) ? 0 : 1;
    by_text_.erase(notes.text);
    by_id_.erase(id(index));
    if (account.is_introduced) {
        departed_.push_back(index);
    }
    const bool was_dirty = account.is_dirty;
    account = Account{};
    notes = AccountNotes{};
    accounts_.tally(index) = Tally{};
    account.is_dirty = was_dirty;  // still in dirty_, where id 0 tells that it left
    free_.push_back(index);
}

std::vector<Ledger::Departure> Ledger::take_departures() {
    return std::exchange(departures_, {});
}

}  // namespace spantoll::window
