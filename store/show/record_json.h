#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spantoll::store {

// The record of a row as `dump` prints it (docs/store-format.md). `key` is the shown key, `value`
// the bytes of the row, `closed_pane` is C (kUnset: none): ROLLING rows are brought to it. Empty
// where the row cannot be understood.
std::optional<std::string> record_json(std::string_view key,
                                       std::string_view value,
                                       int64_t closed_pane);

// Rows that only `--all` shows.
bool is_internal(std::string_view key);

}  // namespace spantoll::store
