#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/codec/row_kind.h"

namespace spantoll::store {

// The record of a row as `dump` prints it (docs/store-format.md). `key` is the shown key, `value`
// the bytes of the row, `closed_pane` is C (unset: none): ROLLING rows are brought to it. Empty
// where the row cannot be understood.
std::optional<std::string> record_json(std::string_view key,
                                       std::string_view value,
                                       Pane closed_pane);

// Rows of no kind that is known are shown: `dump` must say that it does not understand them.
Visibility visibility_of(std::string_view key);

// Whether every row of the family is shown with --all alone.
bool has_only_internal_rows(Family family);

}  // namespace spantoll::store
