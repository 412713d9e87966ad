#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "enforce/limit_rules.h"
#include "schemas/decision.h"
#include "schemas/rows.h"
#include "window/ledger.h"

namespace spantoll::enforce {

using window::AccountIndex;

// State of one (limit, account); see EnforceRow for the fields.
struct LimitState {
    int32_t step = 0;
    int32_t streak = 0;
    uint64_t number = 0;
    int64_t since_ms = 0;
    std::optional<int64_t> valid_until_ms;
    int64_t lease_until_ms = kUnset;
    int64_t emitted_ms = kUnset;
    int64_t expiry_window_start_ms = kUnset;
    std::vector<WindowLevelRow> windows;
    bool is_dirty = false;

    // Without any of these a restart begins with the same.
    bool is_worth_a_row() const {
        return number > 0 || streak > 0 ||
               std::ranges::any_of(windows, [](const auto& window) { return window.base != 0; });
    }
};

// Compares limits with the ledger's numbers: which levels change, and which decisions say so
// (docs/semantics.md#limits). Pure: a function of the ledger's state and the order of calls.
//
//     each of ledger.charge(accounts, charge): policy.judge_charge(a, span, decisions);
//     ledger.close_pane(..); ledger.expire(..);  policy.judge_closing(ended, decisions);
//
// Work: a charge looks at the account's limits; a closing at the samples that were taken, the flags
// of rolling windows in force, and the EMAs above their limits. Thread: the engine's.
class Policy {
  public:
    Policy(const std::vector<Limit>& limits, window::Ledger& ledger, int64_t row_retention_ms);

    struct ChargingSpan {
        int64_t time_ms = 0;
        bool is_failed = false;  // as Charge::is_failed: some limits do not look at it
        Cause cause;
    };
    // After the ledger took the charge. Decisions are appended unordered: order_decisions() when
    // all accounts of the span have been judged.
    void judge_charge(AccountIndex account, const ChargingSpan& span, std::vector<Decision>& out) {
        if (!is_far_from_all(ledger_.account(account))) {
            judge_limits(account, span, out);
        }
    }
    // A charge with a negative amount may lower the level of a calendar window at the next closing.
    void note_credit(AccountIndex account);

    // After pane m was closed and expired: C = m + 1. Decisions are appended in order.
    void judge_closing(const std::vector<window::EndedPeriod>& ended, std::vector<Decision>& out);

    // True where nothing is in force or remembered for the account, so that it may leave.
    bool may_leave(AccountIndex account) const;

    // No closing before this pane can change anything here; kNeverPane where none can.
    Pane next_event_pane() const;

    // ---- persistence
    // Puts back what was stored. Levels of limits that are gone or begin anew are released; those
    // of limits that go on with other amounts or steps are judged anew; limits that begin are
    // judged on what is counted already. What changes is emitted with `limit_changed`.
    struct Stored {
        std::vector<EnforceRow> rows;
        std::vector<Limit> limits;
        int64_t effective_ms = 0;
        // The number that a row of a stored limit was about, as it was stored; EMA: E, scaled.
        std::function<Int128(const EnforceRow&, const Limit&)> total_of;
        // What grants added to its amount.
        std::function<Int128(const EnforceRow&)> added_to;
        // By KindIndex: calendar windows of limits on such accounts are not those that were judged.
        // Empty: of no kind.
        std::vector<bool> has_other_windows = {};
    };
    void restore(const Stored& stored, std::vector<Decision>& out);
    // The effective amount of a limit may have changed, of one account or, where it is empty, of
    // all: CountingPlans has it. Those for which it did are judged anew.
    struct AmountChange {
        uint32_t limit = 0;
        std::string_view account;
        int64_t effective_ms = 0;
    };
    void follow_amounts(const AmountChange& change, std::vector<Decision>& out);
    // What a limit over a calendar window has counted in open windows is 0 from here on, of one
    // account or, where it is empty, of all that have counted. Judges anew. The totals of the
    // ledger stay. Returns how many accounts had counted anything.
    size_t reset(const AmountChange& change, std::vector<Decision>& out);
    // What a limit over a calendar window has counted of an account in the window that begins
    // there, as far as the ledger's numbers have it; index into Plan::limits.
    Int128 counted_in(AccountIndex account, uint32_t at, int64_t start_ms) const {
        return counted({account, at}, start_ms);
    }
    // What is known of an account, limit by limit; for showing.
    std::vector<EnforceRow> rows_of(AccountIndex account) const;
    // Rows that changed since the last call.
    std::vector<EnforceRow> take_dirty_rows();
    std::vector<std::pair<std::string, std::string>> take_removed_rows();

    // Sorts by (limit in order of configuration, account bytes), stable.
    void order_decisions(std::vector<Decision>& decisions, size_t from) const;

  private:
    struct LimitSlot {  // of a limit among those that judge an account
        AccountIndex account = 0;
        uint32_t at = 0;  // index into Plan::limits
        auto operator<=>(const LimitSlot&) const = default;
    };
    struct Change {
        Reason reason = Reason::kTotalReached;
        int64_t effective_ms = 0;
        Int128 observed = 0;
        std::optional<int64_t> window_start_ms;
        std::optional<Cause> cause;
    };
    struct AccountStates {
        AccountId account_id;
        std::vector<LimitState> states;  // by Plan::limits; empty until one is needed
    };

    const window::JudgedLimit& judged(LimitSlot slot) const {
        return ledger_.plan(slot.account).limits[slot.at];
    }
    // What everything is judged by, with the account's effective amount.
    const LimitRules& rules(LimitSlot slot) const {
        return rules_.of(ledger_.account(slot.account).plan)[slot.at];
    }
    window::FirstSteps first_steps_of(const window::Plan& plan) const;
    LimitState& state(LimitSlot slot);
    const LimitState* find_state(LimitSlot slot) const;
    void touch(LimitSlot slot, LimitState& state);

    // True where a charge leaves the account below the first step of every limit: nearly always.
    bool is_far_from_all(const window::Account& account) const {
        const window::FirstSteps& first = ledger_.first_steps(account.plan);
        bool is_far = !account.has_levels && first.calendar.empty();
        for (const window::FirstSteps::Rolling& limit : first.rolling) {
            is_far = is_far && account.counters[limit.counter].live < limit.total;
        }
        return is_far;
    }
    void judge_limits(AccountIndex account, const ChargingSpan& span, std::vector<Decision>& out);
    void judge_rolling_charge(LimitSlot slot, const ChargingSpan& span, std::vector<Decision>& out);
    void judge_calendar_charge(LimitSlot slot,
                               const ChargingSpan& span,
                               std::vector<Decision>& out);
    void judge_ended(const window::EndedPeriod& ended, std::vector<Decision>& out);
    void end_window(LimitSlot slot, int64_t start_ms, std::vector<Decision>& out);
    void judge_rolling_closing(LimitSlot slot, std::vector<Decision>& out);
    void judge_credited(LimitSlot slot, std::vector<Decision>& out);
    void watch_reached();
    void watch_emas(AccountIndex account);
    void judge_ema_closing(LimitSlot slot, std::vector<Decision>& out);
    void remove_expired_rows();

    // Moves to a level (or emits the present one again) and says so.
    void emit(LimitSlot slot, int32_t step, const Change& change, std::vector<Decision>& out);
    void follow_level(LimitSlot slot, const LimitState& state);
    void let_latest_window_expire_it(LimitSlot slot, LimitState& state);
    int64_t window_end_ms(LimitSlot slot, int64_t start_ms) const;
    // What the limit has counted in a calendar window: its account's total, less the base.
    Int128 counted(LimitSlot slot, int64_t start_ms) const;
    void for_each_slot(const AmountChange& change,
                       const std::function<void(LimitSlot)>& visit,
                       std::vector<Decision>& out);
    bool has_counted(LimitSlot slot) const;
    void reset_slot(LimitSlot slot, const AmountChange& change, std::vector<Decision>& out);

    // By what an account was judged.
    struct Before {
        LimitRules rules;
        bool has_other_window = false;  // its totals in calendar windows were other ones
    };
    // What judging anew finds.
    struct Anew {
        int32_t step = 0;
        Int128 observed = 0;
        std::optional<int64_t> window_start_ms;  // of the window that is told of
    };
    // The stored limit that each of today's goes on from, or nullptr.
    std::vector<const Limit*> origins_in(const std::vector<Limit>& stored) const;
    void restore_rows(const Stored& stored,
                      const std::vector<const Limit*>& origins,
                      std::vector<Decision>& out);
    bool restore_row(const EnforceRow& row);
    EnforceRow released(const EnforceRow& row, const Stored& stored, std::vector<Decision>& out);
    void judge_beginning(LimitSlot slot, int64_t effective_ms, std::vector<Decision>& out);
    void judge_anew(LimitSlot slot,
                    const Before& before,
                    int64_t effective_ms,
                    std::vector<Decision>& out);
    Anew find_anew(LimitSlot slot, const Before& before, std::vector<WindowLevelRow>& windows);
    Anew ema_anew(LimitSlot slot, const LimitRules& before);
    Anew calendar_anew(LimitSlot slot, std::vector<WindowLevelRow>& windows);
    void replace_windows(LimitSlot slot, std::vector<WindowLevelRow> windows);

    // constant after construction
    window::Ledger& ledger_;
    const std::vector<Limit> limits_;  // as configured
    const RulesByPlan rules_;
    const int64_t row_retention_ms_;
    std::map<std::string, uint32_t, std::less<>> limit_by_name_;
    // By calendar window: the limits over it.
    std::vector<std::vector<uint32_t>> limits_by_window_;

    std::vector<AccountStates> by_account_;
    std::set<LimitSlot> rolling_in_force_;  // judged by total, with a level
    std::set<LimitSlot> emas_watched_;      // above the amount, counting, or with a level
    std::set<LimitSlot> credited_;          // calendar windows to look at again
    std::map<std::pair<uint32_t, int64_t>, std::vector<LimitSlot>>
        window_levels_;                                                     // (limit, start)
    std::multimap<int64_t, std::pair<LimitSlot, AccountId>> row_expiries_;  // due ms -> (slot, id)
    std::map<std::pair<std::string, std::string>, EnforceRow> orphans_;  // of limits that are gone
    // since the last commit
    std::vector<std::pair<LimitSlot, AccountId>> dirty_;
    std::vector<EnforceRow> dirty_orphans_;
    std::vector<std::pair<std::string, std::string>> removed_;
};

}  // namespace spantoll::enforce
