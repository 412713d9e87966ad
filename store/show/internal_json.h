#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spantoll::store {

// The record of the rows that no total stands in: META/FORMAT, OUTBOX#, DEAD#, and those that only
// `dump --all` shows. Empty where the row cannot be understood.
std::optional<std::string> internal_json(std::string_view key, std::string_view value);

}  // namespace spantoll::store
