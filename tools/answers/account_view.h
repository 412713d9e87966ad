#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tools/access/caller.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {

// Everything the engine knows of an account as one JSON object, money and EMAs written as `dump`
// does: `account`, `as_of_ms`, `parents`, `periods` (open ones), `rolling`, `limits`. Empty where
// the account is not in memory. Engine's thread.
// `sees`: which parents it names; empty: all.
std::optional<std::string> account_json(Engine& engine, std::string_view account, const Sees& sees);

}  // namespace spantoll::tools
