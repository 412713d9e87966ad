#pragma once

#include <string>
#include <string_view>

namespace spantoll::tools {

// What a file is that begins like this, and how to make CSV in UTF-8 of it; empty where nothing
// speaks against its being that. `beginning` is its first bytes, all of them where it is short.
std::string_view what_is_no_csv(std::string_view beginning);

// The text without blanks (Unicode's White_Space) and what is_unprintable() names at its ends:
// names that differ in nothing else look the same, and would be two accounts.
std::string_view trimmed(std::string_view text);

// A cell as a message shows it: in single quotes, cut where it is long.
std::string shown_cell(std::string_view text);

}  // namespace spantoll::tools
