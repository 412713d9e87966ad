#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/answers/backend.h"
#include "tools/http/message.h"

namespace spantoll::tools {

// An account as it was asked for, and what the processor says of it.
using CheckedAccount = std::pair<std::string, CheckAnswer>;

// False where a block or a quarantine is in force, or a limit refuses a name beyond max_per_kind.
bool may_spend(const CheckAnswer& answer);

// {"allowed":false,"as_of_ms":..,"lag_ms":..,"accounts":[{"account":"..","allowed":false,
//  "level":"block","valid_until_ms":..,"flags":[{"account":"..","limit":"..","action":"block",
//  "since_ms":..,"valid_until_ms":..}]}]}
// `level` is the gravest of the flags, `valid_until_ms` when that one ends by itself (null: not by
// itself). The top `allowed` is that of all accounts together. An account beyond max_per_kind, or
// with such a parent, has `,"overflows":[{"account":"..","charged_to":"team:~other","limit":".."}]`
// as well, `limit` null where none refuses it; where one does, `"reason":"overflow"` before that.
std::string check_json(const std::vector<CheckedAccount>& checked);

// A line per account for people and shells, its first word the answer; accounts are printable():
//   no  virtual_key:vk1  level=block until=2026-11-20T10:20:00.000Z by=team:search/team-day
//   as_of_ms=.. lag_ms=..
// and, beyond max_per_kind, overflow=team:~other [reason=overflow by=team:x/team-day].
std::string check_text(const std::vector<CheckedAccount>& checked);

// For an account that nobody can have, wherever it stands in a request.
inline constexpr std::string_view kAccountInvalid = "account_invalid";
bool is_account_text(std::string_view text);
HttpResponse bad_account_response();

// GET /v1/check?account=A&account=B, and POST /v1/check (docs/checks.md).
HttpResponse get_check(const HttpBackend& backend, const HttpRequest& request);
HttpResponse post_check(const HttpBackend& backend, const HttpRequest& request);

}  // namespace spantoll::tools
