#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "schemas/control/grant.h"
#include "schemas/decision.h"
#include "schemas/settings.h"

namespace spantoll::tools {

// What commands changed and what followed, each one JSON object.

// How many decisions follow, limit by limit in the order of their first, with examples.
std::string follows_json(std::span<const Decision> decisions);

// What a configuration changes.
struct ConfigChange {
    const Settings* was = nullptr;
    const Settings* is = nullptr;
    // Numbers of the grants that end, because their limit is gone or begins anew.
    std::vector<uint64_t> grants_ended;
};
ConfigChange config_change(const Settings& was,
                           const Settings& is,
                           const std::vector<Grant>& grants);
// For the audit: which configuration held before, which limits differ, and which grants end.
std::string config_change_json(uint64_t before, const ConfigChange& change);
// The same for the log of the process, in a line.
std::string config_change_text(const ConfigChange& change);

// A grant that began, one that ended, or one that a dry run foresees, with no number.
std::string grant_json(const Grant& grant);

}  // namespace spantoll::tools
