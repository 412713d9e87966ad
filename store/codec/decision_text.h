#pragma once

#include <optional>
#include <string_view>

#include "schemas/decision.h"

namespace spantoll::store {

// Reads the JSON that decision_json() makes of a decision back into the decision: rows of formats 1
// and 2 hold that text and nothing else. Empty where it is anything else. Any thread.
std::optional<Decision> parse_decision_text(std::string_view json);

}  // namespace spantoll::store
