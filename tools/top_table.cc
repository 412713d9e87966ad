#include "tools/top_table.h"

#include <fmt/format.h>

namespace spantoll::tools {
namespace {

constexpr size_t kNameColumns = 31;
constexpr Int128 kPicoPerTenThousandth = kPicoPerUsd / 10'000;

// Select Graphic Rendition of ANSI terminals.
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

// Bytes of the UTF-8 sequence that begins with this one; account names are valid UTF-8.
size_t sequence_size(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    return first < 0x20 || first == 0x7f ||
           (first == 0xc2 && sequence.size() > 1 && static_cast<unsigned char>(sequence[1]) < 0xa0);
}

}  // namespace

std::string cut_to_columns(std::string_view text, size_t columns) {
    std::string shown;
    size_t last = 0;  // where the last column begins
    size_t used = 0;
    while (!text.empty()) {
        if (used == columns) {
            shown.resize(last);
            return shown + "…";
        }
        const std::string_view next =
            text.substr(0, sequence_size(static_cast<unsigned char>(text[0])));
        last = shown.size();
        shown += is_control(next) ? std::string_view("?") : next;
        text.remove_prefix(next.size());
        ++used;
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
                            short_usd(account.day),
                            short_usd(account.month),
                            short_usd(account.ema),
                            is_coloured ? colour_of(account.level) : "",
                            account.level == Action::kNone ? "-" : name_of(account.level),
                            is_coloured ? "\x1b[0m" : "");
    }
    return text;
}

}  // namespace spantoll::tools
