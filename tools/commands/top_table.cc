#include "tools/commands/top_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "schemas/text/utf8.h"

namespace spantoll::tools {
namespace {

// Together with three amounts and the longest level, quarantine, a line has 80 columns.
constexpr size_t kNameColumns = 29;
constexpr size_t kAmountColumns = 12;
constexpr Int128 kPicoPerTenThousandth = kPicoPerUsd / 10'000;

// The colour of a level as an ANSI escape sequence (Select Graphic Rendition).
std::string_view colour_of(Action level) {
    switch (level) {
        case Action::kNone:
            return "";
        case Action::kWarn:
            return "\x1b[33m";
        case Action::kThrottle:
            return "\x1b[35m";
        case Action::kBlock:
        case Action::kQuarantine:
            return "\x1b[31m";
    }
    return "";
}

// The width on a terminal. fmt knows which characters take two columns and pads the others.
size_t columns_of(std::string_view character) {
    return fmt::format("{:<2}", character).size() > character.size() ? 1 : 2;
}

}  // namespace

std::string cut_to_columns(std::string_view text, size_t columns) {
    std::string shown;
    size_t used = 0;
    std::string before;  // the part that fits before '…'
    size_t before_columns = 0;
    while (!text.empty()) {
        const size_t length = std::max<size_t>(utf8_length(text), 1);
        const std::string_view next = text.substr(0, length);
        const bool is_shown = utf8_length(text) > 0 && !is_unprintable(utf8_character(next));
        const std::string_view character = is_shown ? next : std::string_view("?");
        const size_t width = columns_of(character);
        if (used + width > columns) {
            return before + "…" + std::string(columns - before_columns - 1, ' ');
        }
        shown += character;
        used += width;
        if (used < columns) {
            before = shown;
            before_columns = used;
        }
        text.remove_prefix(length);
    }
    return shown.append(columns - used, ' ');
}

std::string short_usd(Money money) {
    const Int128 units = money.pico() / kPicoPerTenThousandth;
    const bool negative = units < 0;
    std::string digits = to_text(negative ? -units : units);
    if (digits.size() < 5) {
        digits.insert(0, 5 - digits.size(), '0');
    }
    digits.insert(digits.size() - 4, 1, '.');
    return negative ? "-" + digits : digits;
}

namespace {

// The amount with as many decimals as there is room for.
std::string amount_text(Money money) {
    std::string text = short_usd(money);
    const size_t point = text.find('.');
    if (text.size() > kAmountColumns) {
        text.resize(std::max(point, kAmountColumns));
    }
    if (text.back() == '.') {
        text.pop_back();
    }
    return text;
}

}  // namespace

std::string top_table(const std::vector<TopAccount>& accounts, TableStyle style) {
    std::string text = fmt::format("{} {:>12} {:>12} {:>12}  {}\n",
                                   cut_to_columns("ACCOUNT", kNameColumns),
                                   "24 H USD",
                                   "MONTH USD",
                                   "EMA USD",
                                   "LEVEL");
    for (const TopAccount& account : accounts) {
        const bool is_coloured = style == TableStyle::kColoured && account.level != Action::kNone;
        text += fmt::format("{} {:>12} {:>12} {:>12}  {}{}{}\n",
                            cut_to_columns(account.name, kNameColumns),
                            amount_text(account.day),
                            amount_text(account.month),
                            amount_text(account.ema),
                            is_coloured ? colour_of(account.level) : "",
                            account.level == Action::kNone ? "-" : name_of(account.level),
                            is_coloured ? "\x1b[0m" : "");
    }
    return text;
}

}  // namespace spantoll::tools
