#pragma once

#include <string>
#include <string_view>

namespace spantoll::tools {

// Says what a file with this beginning is instead of CSV, and how to make CSV in UTF-8 of it. Empty
// where it may be CSV. `beginning` is the first bytes of the file, or all of a short one.
std::string_view what_is_no_csv(std::string_view beginning);

// Removes blanks (White_Space in Unicode) and the characters of is_unprintable() from both ends.
// Names that differ only in those look the same, but would be two accounts.
std::string_view trimmed(std::string_view text);

// A cell as shown in messages: in single quotes, and cut where it is long.
std::string shown_cell(std::string_view text);

}  // namespace spantoll::tools
