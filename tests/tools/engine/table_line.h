#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/error.h"

namespace spantoll::tools {

// One line of a semantics table, cut at blanks: a verb, plain words, and key=value words. In a word
// `\s` is a blank and `\xNN` a byte.
//
//     span 00:00:10 service=a cost_usd=1.5     verb "span", words {"00:00:10"}, two values
struct TableLine {
    size_t number = 0;
    std::string text;
    std::string verb;
    std::vector<std::string> words;
    std::vector<std::pair<std::string, std::string>> values;

    std::optional<std::string> value(std::string_view key) const;
    // A whole number; `fallback` where the line does not say.
    int64_t number_of(std::string_view key, int64_t fallback) const;
    // The text after the verb, as it stands.
    std::string_view rest() const;
};

struct TableCase {
    size_t number = 0;
    std::string name;
    std::vector<TableLine> lines;
};

// Cases of a table. A case begins with `case NAME`; '#' begins a comment line; a line that begins
// with '|' is configuration: its verb is "|". A line before the first case belongs to none, and
// nobody would read it: kInput, with its number. A table that cannot be read is kInput too.
Result<std::vector<TableCase>> read_table_cases(const std::string& path);

// Times of a table: whatever the program reads as a time, or HH:MM[:SS[.mmm]] of `day`, which is
// written 2026-03-01. Empty where it is not a time.
std::optional<int64_t> table_time_ms(std::string_view text, std::string_view day);

// The JSON span of a `span` line, its time given.
std::string span_json(const TableLine& line, const std::string& time_ms);

}  // namespace spantoll::tools
