#pragma once

#include <absl/container/flat_hash_map.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/settings.h"
#include "window/account_ids.h"
#include "window/account_pool.h"
#include "window/charge.h"
#include "window/counting_plan.h"
#include "window/idle_accounts.h"
#include "window/meter_table.h"

namespace spantoll::window {

// Which accounts there are: names, ids, parents, and who may have one beyond max_per_kind.
//
// Beyond the cap a name that spends takes the place of the newest account that has not. So names
// that cost nothing, however many, keep nobody out whose money a limit should count, and as they
// never take a place themselves, each account gives way at most once to an account that stays. Any
// other name beyond the cap is charged to its kind's ~other.
//
// Invariants:
//  1. An index is in by_text and in by_id as long as its head has an id.
//  2. Ids ascend, and none is used twice in the store's life.
//  3. Every account that has spent nothing is offered to its kind's IdleAccounts, from offer() on.
//
// Knows nothing of totals: what it must know of them it asks Rest. Thread: one.
class AccountRegistry {
  public:
    // The rest of the ledger, as far as giving way concerns it.
    struct Rest {
        // Whether no decision would be another one if the account were forgotten.
        std::function<bool(AccountIndex)> has_spent_nothing;
        // Whether no policy keeps anything of it.
        std::function<bool(AccountIndex)> may_give_way;
        // `from` leaves memory after it; what it counted goes to `to`, the ~other of its kind.
        std::function<void(AccountIndex from, AccountIndex to)> hand_over;
        // A short-lived account came that was not restored: nothing but a look will have it leave.
        std::function<void(AccountIndex)> came;
    };
    AccountRegistry(AccountPool& accounts,
                    const AccountKinds& kinds,
                    const CountingPlans& plans,
                    const AccountSettings& settings,
                    const MeterTable& meters);
    void set_rest(Rest rest) { rest_ = std::move(rest); }

    // kNoAccount where it is not in memory.
    AccountIndex find(std::string_view account) const;
    const AccountIds& by_id() const { return by_id_; }
    // What a new name beyond the cap has to offer for a place.
    struct Claim {
        const Charge* charge = nullptr;        // that the name comes with
        std::span<const AccountIndex> others;  // accounts of the same span: they do not give way
    };
    // The account to charge for a name in key form.
    AccountIndex find_or_create(KindIndex kind, std::string_view account, const Claim& claim);
    // The account's ancestors, resolved; also those of a name that has no place of its own.
    void add_parents_of(AccountIndex child,
                        std::string_view account,
                        const Charge& charge,
                        std::vector<AccountIndex>& out);
    // From here on these are the accounts right above it.
    void set_parents(const std::string& account, std::vector<std::string> parents);
    // After that, where the account stands above others: follows in all of them.
    void resolve_all_parents();
    // The account leaves memory.
    void remove(AccountIndex index);
    // Called where an account may have become one that has spent nothing.
    void offer(AccountIndex index);
    // Whether a new name of the kind would be charged to ~other, whatever it spends. Offers that
    // hold no longer are dropped on the way.
    bool is_closed(KindIndex kind);

    size_t count() const { return by_text_.size(); }
    size_t count(KindIndex kind) const { return count_by_kind_[kind]; }
    uint64_t overflow_count() const { return overflows_; }  // charges to ~other so far

    // ---- persistence
    // First: slots of counters that begin now are slot_base + CounterSpec::ordinal.
    void set_slot_base(uint32_t slot_base) { slot_base_ = slot_base; }
    AccountIndex restore(std::string_view account, AccountId id);
    // An account with a row of an open period that is not in memory, with a new id; kNoAccount
    // where that is as it should be: accounts of its kind leave before their periods end.
    AccountIndex restore_left(std::string_view account);
    AccountId next_id() const { return next_id_; }
    void set_next_id(AccountId next_id) { next_id_ = next_id; }

  private:
    AccountIndex come(KindIndex kind, std::string_view text);
    AccountIndex create(KindIndex kind, std::string_view text, AccountId id);
    AccountId take_id();
    AccountIndex other_of(KindIndex kind);
    std::vector<AccountRef> resolve_parents(std::string_view account) const;
    void follow_parents(AccountIndex index);
    bool make_room(KindIndex kind, std::string_view account, const Claim& claim);
    bool spends(const Plan& plan, const Charge& charge) const;
    AccountIndex newest_idle(KindIndex kind, std::span<const AccountIndex> others);

    // constant after construction
    AccountPool& accounts_;
    const AccountKinds& kinds_;
    const CountingPlans& plans_;
    AccountSettings settings_;
    const MeterTable& meters_;
    Rest rest_;
    uint32_t slot_base_ = 0;

    std::vector<AccountIndex> free_;
    absl::flat_hash_map<std::string_view, AccountIndex> by_text_;  // keys are AccountNotes::text
    AccountIds by_id_;
    std::vector<size_t> count_by_kind_;
    std::vector<IdleAccounts> idle_by_kind_;
    AccountId next_id_{1};
    uint64_t overflows_ = 0;
};

}  // namespace spantoll::window
