#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/control/grant.h"
#include "schemas/settings.h"
#include "tools/engine/engine.h"

namespace spantoll::tools {

// Results of commands that could not be applied any more when their turn came.
inline constexpr std::string_view kNoSuchLimit = "no_such_limit";
inline constexpr std::string_view kNoSuchGrant = "no_such_grant";
inline constexpr std::string_view kUntilIsPast = "until_is_past";
inline constexpr std::string_view kNotUnderstood = "not_understood";

// What somebody asks for, as it would act but for its number. With reasons, one sentence each, it
// cannot be taken; `result` is then the word for it.
struct GrantChange {
    Grant grant;
    std::string body;  // as it is kept: known members alone, in order
    std::vector<std::string> reasons;
    std::string_view result;
};

// Reads {"limit":"key-day","account":"team:a" or "*","amount":"5.50" (usd) or 100000,
// "until":"window","note":"..."}. `until` is "window" (with the window that holds the later of
// `at_ms`, the wall clock, and the command's time), "windows:N" (with the N-1 after it), an RFC
// 3339 time, or "removed"; windows that do not end take the last two, and so do those that each
// account begins for itself, for "*" and for one that has not begun. `engine`: knows these.
GrantChange read_grant(std::string_view body,
                       const Settings& settings,
                       int64_t at_ms,
                       Engine& engine);

// The number of {"grant":N}; empty where the body says anything else.
std::optional<uint64_t> read_grant_end(std::string_view body);

struct ResetChange {
    std::string limit;
    std::string account;
    std::string body;
    std::vector<std::string> reasons;
    std::string_view result;
};

// Reads {"limit":"key-day","account":"team:a" or "*"}; the limit is over a window that is not
// rolling.
ResetChange read_reset(std::string_view body, const Settings& settings, const KeyTable& keys);

}  // namespace spantoll::tools
