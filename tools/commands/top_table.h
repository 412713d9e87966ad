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
    Action level = Action::kNone;  // the most severe in force, without shadow limits
};

enum class TableStyle { kPlain, kColoured };

// The accounts as lines of at most 80 columns, in the given order. Amounts are in USD, cut to four
// decimals; a name that is too long ends in '…'.
std::string top_table(const std::vector<TopAccount>& accounts, TableStyle style);

// The text in exactly `columns` columns of a terminal: padded with blanks, or cut and ended with
// '…'. A character that a terminal would interpret or not show becomes '?'.
std::string cut_to_columns(std::string_view text, size_t columns);

// "12.3456": cut toward zero to four decimals.
std::string short_usd(Money money);

}  // namespace spantoll::tools
