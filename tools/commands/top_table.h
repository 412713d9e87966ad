#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/limit.h"
#include "schemas/money.h"

namespace spantoll::tools {

// One account as `top` shows it.
struct TopAccount {
    std::string name;  // as written in keys
    Money day;         // live total over 24 h
    Money month;
    Money ema;                     // the integer part
    Action level = Action::kNone;  // the gravest in force, shadow limits left out
};

enum class TableStyle { kPlain, kColoured };

// The accounts as lines of at most 80 columns, in the order given. Amounts are USD, cut to four
// decimals; names that are too long end in '…'.
std::string top_table(const std::vector<TopAccount>& accounts, TableStyle style);

// Cut to `columns` columns of a terminal, the last one '…' where something is missing. What a
// terminal might take for a command, or not show, is shown as '?'.
std::string cut_to_columns(std::string_view text, size_t columns);

// "12.3456": cut toward zero to four decimals.
std::string short_usd(Money money);

}  // namespace spantoll::tools
