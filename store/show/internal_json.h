#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spantoll::store {

// The records of rows that no total stands in, by what their values are, for record_json(). Empty
// where the value cannot be understood.
std::optional<std::string> format_json(std::string_view value);
std::optional<std::string> logged_decision_json(std::string_view value);
std::optional<std::string> outbox_json(std::string_view value);
std::optional<std::string> dead_letter_json(std::string_view value);
std::optional<std::string> meter_json(std::string_view value);
std::optional<std::string> audit_json(std::string_view value);
std::optional<std::string> arrival_json(std::string_view value);
std::optional<std::string> limit_json(std::string_view value);
std::optional<std::string> next_json(std::string_view value);
std::optional<std::string> running_json(std::string_view value);
std::optional<std::string> pane_json(std::string_view value);
std::optional<std::string> dedup_json(std::string_view value);

}  // namespace spantoll::store
