#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "schemas/error.h"
#include "tools/answers/backend.h"
#include "tools/checks/check_board.h"
#include "tools/engine/engine.h"
#include "tools/pipeline/policy_board.h"

namespace spantoll::tools {

// Lists for GET /v1/levels, /v1/accounts and /v1/limits (docs/checks.md#lists), each one object of
// JSON and a line end. Of accounts that may not be seen there is nothing in them.

// Every level in force, ordered by account and limit, and the sequence of the last decision that is
// in it: `GET /v1/decisions?after=` goes on from there. `now_ms` as of checks. kUnavailable: the
// state is not loaded. Any thread.
Result<std::string> levels_json(const CheckBoard& board, int64_t now_ms, const Sees& sees);

// One page of the accounts in memory. kUsage: `after` is not in memory, so nobody knows where to go
// on. Engine's thread, between a commit and the next span: looks at every account.
Result<std::string> accounts_json(Engine& engine, const AccountsQuery& query, const Sees& sees);

// The limits that hold, in their order.
std::string limits_json(const PolicyBoard::Policy& policy);

}  // namespace spantoll::tools
