#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/error.h"
#include "tools/feed/feed_fields.h"

namespace spantoll::tools {

// One --map: a field, and where its value comes from.
struct FeedMapping {
    FeedField field;
    std::optional<size_t> column;  // from 0; empty = the constant. Known after find_columns()
    std::string text;              // the constant, or the column as the user wrote it
};

// Of `field=column` and `field==constant`. kUsage: one that is wrong, or what is missing, with the
// field that was probably meant.
Result<std::vector<FeedMapping>> parse_mappings(const std::vector<std::string>& texts);

// Finds each mapping's column by its name in the first row, else by its number from 1. Blanks and
// invisible characters around names do not count. kUsage: no such column, or two of that name.
Result<void> find_columns(const std::vector<std::string_view>& header,
                          std::vector<FeedMapping>& mappings);

bool maps_field(const std::vector<FeedMapping>& mappings, std::string_view field);

// The same for the same mapping, in whatever order and with columns by name or number: part of the
// identities of what it makes of a row.
std::string mapping_signature(const std::vector<FeedMapping>& mappings);

}  // namespace spantoll::tools
