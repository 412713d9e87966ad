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
    std::optional<size_t> column;  // from 0; empty = a constant. Set by find_columns()
    std::string text;              // the constant, or the column as the user wrote it
};

// Parses `field=column` and `field==constant`. kUsage: a mapping is wrong or missing; the message
// suggests the field that was probably meant.
Result<std::vector<FeedMapping>> parse_mappings(const std::vector<std::string>& texts);

// Finds the column of each mapping by its name in the first row, else by its number from 1. Blanks
// and invisible characters around names are ignored. kUsage: there is no such column, or there are
// two of that name.
Result<void> find_columns(const std::vector<std::string_view>& header,
                          std::vector<FeedMapping>& mappings);

bool maps_field(const std::vector<FeedMapping>& mappings, std::string_view field);

// Equal for equal mappings, whatever their order and whether columns are named or numbered. It is
// part of the identities of the spans that the mapping makes.
std::string mapping_signature(const std::vector<FeedMapping>& mappings);

}  // namespace spantoll::tools
