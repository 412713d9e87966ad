#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/int128.h"

namespace spantoll {

// Grant::account of a grant for every account that its limit holds for, also those to come.
inline constexpr std::string_view kEveryAccount = "*";

// What a command adds to the amount of a limit (docs/commands.md): the row
// GRANT#<account>/<limit>/<number>.
struct Grant {
    uint64_t number = 0;  // of its command
    std::string limit;
    std::string account;  // as written in keys, or kEveryAccount
    Int128 amount = 0;    // as Limit::amount; a negative one lowers
    bool is_usd = false;  // whether the limit is on money
    int64_t since_ms = 0;
    std::optional<int64_t> until_ms;  // empty: until it is removed
    std::string note;
    bool operator==(const Grant&) const = default;
};

}  // namespace spantoll
