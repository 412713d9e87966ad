#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "schemas/error.h"
#include "tools/access/caller.h"
#include "tools/checks/check_board.h"
#include "tools/checks/checker.h"

namespace spantoll::tools {

// What an answer to checks is made from.
struct CheckSource {
    const CheckBoard& board;
    const CheckMoment& moment;
    uint64_t policy = 0;  // number of the command that brought the policy; 0: not known
    // A check about somebody's account that may not be seen is answered account_not_yours, and
    // nothing else is said of it. Accounts that all share, as those of models, are left out, and
    // where one of them refuses it is told as ~above, without numbers.
    Sees sees = {};
};

// The answer to POST /v1/check, one object of JSON and a line end (docs/checks.md). The board is
// locked for one check at a time, so each is as of some commit, and none before `as_of_ms`.
// kUnavailable: there is an estimate, and the totals are not loaded yet.
Result<std::string> reply_to(std::span<const CheckQuery> queries, const CheckSource& source);

// The result of one check; the board is locked.
std::string result_json(const CheckResult& verdict,
                        const CheckRules& rules,
                        const CheckSource& source);

}  // namespace spantoll::tools
