#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/decoded_record.h"
#include "tools/checks/check_board.h"
#include "tools/checks/check_query.h"

namespace spantoll::tools {

// When a check is asked, and what it needs besides the board.
struct CheckMoment {
    // The wall clock as far as it is believed: nothing outlives its window because the input is
    // quiet or stands still.
    int64_t believed_ms = 0;
    int64_t wall_ms = 0;  // as it stands
    // Whether the store has the account; asked only where its kind has no place for new names.
    std::function<bool(std::string_view account)> is_known = {};
};

// Answers checks from a board's state, while it is locked: may somebody spend now? (docs/checks.md)
//
//     board.read([&](CheckBoard::State& state) {
//         Checker checker(state, moment);
//         for (const CheckQuery& query : queries) {
//             checker.check(query, verdict);
//         }
//     });
//
// Now is the later of the wall clock and W: windows are those that hold now, and a level whose time
// is over refuses nothing. It is for a moment and makes nothing that stays.
class Checker {
  public:
    // The state has rules.
    Checker(CheckBoard::State& state, const CheckMoment& moment);

    // With an estimate only where the state has totals.
    void check(const CheckQuery& query, CheckResult& verdict);
    // The same of an account and what is above it, without an estimate.
    void check_account(std::string_view account, CheckResult& verdict);

    int64_t now_ms() const { return now_ms_; }
    std::optional<int64_t> as_of_ms() const;
    std::optional<int64_t> lag_ms() const { return state_.lag_ms(moment_.wall_ms); }
    bool is_stale() const;
    bool is_cold() const { return state_.is_cold; }

  private:
    // What the check that is under way would use.
    struct Wanted {
        const CheckQuery* query = nullptr;  // null: an account alone
        std::optional<Int128> usd;          // once it was asked for
        std::optional<bool> spares_usd;     // whether limits on usd do not refuse it
    };
    CheckNames::IsBeyond is_beyond();
    void name_key_of(std::string_view secret);
    void judge_key(CheckResult& verdict);
    void judge_all(CheckResult& verdict);
    void judge_beyond(CheckResult& verdict);
    void judge_doubts(CheckResult& verdict);
    void add_doubt(CheckReason reason, Unsure Limit::*says, CheckResult& verdict);
    void judge_account(const CheckName& account, CheckResult& verdict);
    void judge_limit(const CheckName& account,
                     const CheckedLimit& checked,
                     const CheckTotals* totals,
                     CheckResult& verdict);
    HeldLevel level_of(const CheckName& account, const Limit& limit) const;
    // The totals of a window, and when it ends; empty: never, or nobody knows.
    struct Counted {
        Int128 total = 0;
        std::optional<int64_t> end_ms;
    };
    Counted counted(uint32_t limit, const CheckTotals* totals);
    Int128 wanted(const Meter& meter);
    Int128 wanted_usd();
    bool spares_usd();
    void price_span();
    static void finish(CheckResult& verdict);

    CheckBoard::State& state_;
    CheckRules& rules_;
    const CheckMoment& moment_;
    const int64_t now_ms_;
    // The virtual key that the check names.
    struct NamedKey {
        bool is_named = false;
        const CheckName* account = nullptr;  // null: it names none, or no key has the secret
    };
    Wanted wanted_;
    NamedKey key_;
    std::string key_name_;                  // as a span would say it
    Span span_;                             // of the check that is under way
    ingest::DecodedRecord record_;          // its usage; kept for its memory
    std::vector<const CheckName*> beyond_;  // kept for its memory
};

}  // namespace spantoll::tools
