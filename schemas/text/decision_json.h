#pragma once

#include <string>

#include "schemas/decision.h"

namespace spantoll {

// A decision as one line of JSON, version 1 (docs/semantics.md#decisions), members in the
// order of that page. Money as `observed_usd` / `amount_usd` (decimal strings) and
// `observed_pico_usd` / `amount_pico_usd` (integer strings); any other meter as the integers
// `observed` and `amount`.
std::string decision_json(const Decision& decision);

}  // namespace spantoll
