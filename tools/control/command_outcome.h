#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "schemas/control/grant.h"
#include "schemas/decision.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// What commands changed and what followed, each one JSON object.

// How many decisions follow, limit by limit in the order of their first, with examples.
std::string follows_json(std::span<const Decision> decisions);

// What a configuration changed, for the audit: which one held before, and which limits differ.
std::string config_change_json(uint64_t before, const Settings& was, const Settings& is);

// A grant that began, or one that ended.
std::string grant_json(const Grant& grant);

}  // namespace spantoll::tools
